import type { Knob } from '../../../model/knob.ts'
import type { Policy } from '../../../model/policy.ts'
import type { RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import type { OptimizationResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { EligibilityFacts } from '../../eligibility/index.ts'

/** A trial of the agent, with what it was to do and what it came to. */
export interface AgentTrial extends Pick<RecordedTrial, 'state' | 'candidateVersion' | 'startedAt' | 'endedAt' | 'judgement'> {
  strategy: Strategy
  result: OptimizationResult | null
}

/** Everything on record about one agent. */
export interface AgentFacts {
  agentId: string
  kind: string
  instances: { live: number; known: number }
  knobs: Knob[]
  /** What was in force since when, oldest first; never empty. */
  history: (Omit<RecordedVersion, 'createdAt'> & { since: Date })[]
  /** Newest first. */
  trials: AgentTrial[]
  /** Null where it is not known: no cycle has run yet, or Temporal does not answer. */
  policy: Policy | null
  /** What decides whether something may be tried on it; by the default policy where the one in force is not known. */
  eligibility: EligibilityFacts
  /** What waits for a person. */
  approvals: { trialId: string; until: Date; strategy: Strategy }[]
  /** What the last cycle that might have changed it planned for it and did not carry out. */
  left: { strategy: Strategy; because: string }[]
  /** How long what was kept is watched, milliseconds. */
  watchMs: number
  /** What starts the cycles, with why it is paused where it is; null where it is not known. */
  schedule: { nextCycleAt: Date | null; pausedBecause: string | null } | null
  now: Date
}
