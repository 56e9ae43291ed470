import type { Knob } from '../../../model/knob.ts'
import type { Policy } from '../../../model/policy.ts'
import type { RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import type { OptimizationResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { EligibilityFacts } from '../../eligibility/index.ts'

/** A trial on the agent, with its strategy and result. */
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
  /** The configurations that were in force, each with its start, oldest first; never empty. */
  history: (Omit<RecordedVersion, 'createdAt'> & { since: Date })[]
  /** Newest first. */
  trials: AgentTrial[]
  /** Null where unknown: no cycle has run yet, or Temporal does not answer. */
  policy: Policy | null
  /** Decides what may be tried on it; assumes the default policy where the one in force is unknown. */
  eligibility: EligibilityFacts
  /** Trials that wait for approval. */
  approvals: { trialId: string; until: Date; strategy: Strategy }[]
  /** Strategies for it that the last cycle planned but did not carry out. */
  left: { strategy: Strategy; because: string }[]
  /** How long a kept change is watched, milliseconds. */
  watchMs: number
  /** The Schedule of the cycles, with the reason where it is paused; null where unknown. */
  schedule: { nextCycleAt: Date | null; pausedBecause: string | null } | null
  now: Date
}
