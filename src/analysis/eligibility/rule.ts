import type { EligibilityFacts, Requester } from './facts.ts'

export type ReasonCode =
  | 'broken-limits'
  | 'out-of-focus'
  | 'no-live-instance'
  | 'frozen'
  | 'hourly-limit'
  | 'too-few-executions'
  | 'converged'
  | 'paused'
  | 'never-touch'
  | 'needs-restart'
  | 'no-judged-effect'
  | 'risk-too-high'
  | 'oscillating'
  | 'awaiting-decision'
  | 'step-too-large'
  | 'costs-resources'
  | 'rolled-back-recently'
  | 'agent-busy'
  | 'neighbour-busy'
  | 'trial-limit'
  | 'candidate-limit'

/** Why something may not be tried now. */
export interface Reason {
  code: ReasonCode
  /** A clause for a person, without a full stop. */
  reason: string
  /** When it no longer holds, milliseconds since the epoch; null where nobody knows. */
  until: number | null
  /** The knob that it is about; null where it is about the agent or the fleet. */
  knob: string | null
}

/** One reason for which something may not be tried, as a rule over the facts and a subject: nothing, a knob, or a change. */
export interface Rule<Subject> {
  code: ReasonCode
  /**
   * `planning` rules hold for planning and for beginning a trial; `beginning` rules only for beginning one, so that a cycle still
   * plans and explains.
   */
  blocks: 'planning' | 'beginning'
  /** A running trial is in the way: it helps to wait until one has ended. */
  isTemporary?: boolean
  /** Whose trials it does not hold for. */
  except?: readonly Requester[]
  find(facts: EligibilityFacts, subject: Subject): Finding | undefined
}

export interface Finding {
  reason: string
  /** Milliseconds since the epoch. */
  until?: number
}

/** The reasons of every rule that holds, in the order of the rules. */
export function evaluate<Subject>(
  rules: readonly Rule<Subject>[],
  {
    facts,
    subject,
    requester,
    knob = null,
  }: { facts: EligibilityFacts; subject: Subject; requester: Requester; knob?: string | null },
): Reason[] {
  return rules.flatMap((rule) => {
    const finding = rule.except?.includes(requester) ? undefined : rule.find(facts, subject)
    return finding ? [{ code: rule.code, reason: finding.reason, until: finding.until ?? null, knob }] : []
  })
}
