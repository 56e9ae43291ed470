import type { EligibilityFacts, Requester } from './facts.ts'

export type ReasonCode =
  | 'broken-limits'
  | 'out-of-focus'
  | 'no-live-instance'
  | 'drifting'
  | 'frozen'
  | 'hourly-limit'
  | 'market-limit'
  | 'too-few-executions'
  | 'converged'
  | 'paused'
  | 'never-touch'
  | 'needs-restart'
  | 'mixed-versions'
  | 'inactive-knob'
  | 'no-judged-effect'
  | 'risk-too-high'
  | 'oscillating'
  | 'awaiting-decision'
  | 'step-too-large'
  | 'choice-too-far'
  | 'costs-resources'
  | 'decided-by-person'
  | 'rolled-back-recently'
  | 'against-objective'
  | 'objective-changed'
  | 'agent-busy'
  | 'neighbour-busy'
  | 'high-load'
  | 'trial-limit'
  | 'candidate-limit'

/** A reason why something may not be tried now. */
export interface Reason {
  code: ReasonCode
  /** A clause for a person, without a full stop. */
  reason: string
  /** When it stops applying, milliseconds since the epoch; null if unknown. */
  until: number | null
  /** The knob it concerns; null if it concerns the agent or the fleet. */
  knob: string | null
  /** The running trial that is in the way. */
  trialId?: string
  /** The knob to leave alone to make it a different change, if it concerns a change. */
  leaveOut?: string
}

/** A rule over the facts and a subject: nothing, a knob, or a change. */
export interface Rule<Subject> {
  code: ReasonCode
  /**
   * `planning` rules apply to planning and to starting a trial; `beginning` rules only to starting one, so that a cycle still plans and
   * explains.
   */
  blocks: 'planning' | 'beginning'
  /** A running trial is in the way, so waiting for it to end helps. */
  isTemporary?: boolean
  /** A person's release of the knob, or of the agent, ends it. */
  isReleasable?: boolean
  /** Requesters whose trials are exempt. */
  except?: readonly Requester[]
  find(facts: EligibilityFacts, subject: Subject): RuleFinding | undefined
}

export interface RuleFinding {
  reason: string
  /** Milliseconds since the epoch. */
  until?: number
  /** The running trial that is in the way. */
  trialId?: string
  /** As in `Reason`. */
  leaveOut?: string
  /** The reason whatever the change, for an explanation of the agent; by default the same. */
  inGeneral?: string
}

interface Evaluation<Subject> {
  facts: EligibilityFacts
  subject: Subject
  requester: Requester
  knob?: string | null
  /** Whether reasons are to hold whatever the change. */
  isGeneral?: boolean
}

/** The reasons of all rules that apply, in the order of the rules. */
export function evaluateRules<Subject>(
  rules: readonly Rule<Subject>[],
  { facts, subject, requester, knob = null, isGeneral = false }: Evaluation<Subject>,
): Reason[] {
  return rules.flatMap(({ code, except, find }) => {
    const finding = except?.includes(requester) ? undefined : find(facts, subject)
    if (!finding) return []
    const { reason, inGeneral = reason, ...rest } = finding
    return [{ code, reason: isGeneral ? inGeneral : reason, until: null, knob, ...rest }]
  })
}
