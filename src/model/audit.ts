import { z } from 'zod'
import { dateTimeSchema } from './date-time.ts'
import { textSchema } from './text.ts'

/** Something that was decided or done, for the audit log. */
export interface NewAuditEntry {
  /** Such as `token.created`. */
  action: string
  /** A person, the name of a token, or `optimizer`. */
  actor: string
  /** An agent, a trial or a token. */
  subject?: string | null
  reason?: string
  /** The reason for it, such as a trial. */
  cause?: string | null
  workflowId?: string | null
  detail?: unknown
}

export const auditEntrySchema = z.object({
  id: z.string().describe('The record behind this entry, such as `policy-12`'),
  at: z.date(),
  action: z.string().describe('Such as `policy.changed`'),
  actor: z.string().describe('A person, the name of a token, or `optimizer`'),
  subject: z.string().nullable().describe('The object of the action: an agent, a field of the policy, a token'),
  reason: z.string(),
  cause: z.string().nullable().describe('What led to the action, such as a trial or a cycle'),
  workflowId: z.string().nullable().describe('The workflow that carried out the action'),
  detail: z.unknown().describe('Details, depending on the action'),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** The position of an entry in the audit log, for the next page: its time in microseconds, and its id. */
const cursorPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z_[a-z-]+-.{1,300}$/

/** A query; it returns all entries that match every filter, newest first. */
export const auditQuerySchema = z.strictObject({
  action: textSchema.optional().describe('An action, or the part of its name before the dot'),
  actor: textSchema.optional(),
  subject: textSchema
    .optional()
    .describe('The object of the action; the id of a trial or a cycle selects everything done in it or because of it'),
  workflowId: textSchema.optional(),
  since: dateTimeSchema.optional(),
  until: dateTimeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z
    .string()
    .regex(cursorPattern, 'is not the `next` of a page')
    .optional()
    .describe('The value of `next` from the previous page'),
})
export type AuditQuery = z.output<typeof auditQuerySchema>

export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.string().nullable().describe('The value of `after` for reading the next page; null if this is the last one'),
})
export type AuditPage = z.infer<typeof auditPageSchema>
