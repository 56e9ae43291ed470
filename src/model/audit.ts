/** Something that was decided or done, for the audit. */
export interface NewAuditEntry {
  /** Such as `token.created`. */
  action: string
  /** A person, the name of a token, or the part that decided. */
  actor: string
  /** An agent, a trial or a token. */
  subject?: string | null
  reason?: string
  /** What led to it, such as a trial. */
  cause?: string | null
  workflowId?: string | null
  detail?: unknown
}
