import type { Knob } from '../../../model/knob.ts'
import type { Limits } from '../../../model/limits.ts'
import type { Policy } from '../../../model/policy.ts'
import type { RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import type { OptimizationResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'

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
  /** Its newest executions that say something, as the last cycle counted them; null before any cycle. */
  executions: number | null
  knobs: Knob[]
  /** What was in force since when, oldest first; never empty. */
  history: (Omit<RecordedVersion, 'createdAt'> & { since: Date })[]
  /** Newest first. */
  trials: AgentTrial[]
  /** Null where it is not known: no cycle has run yet, or Temporal does not answer. */
  policy: Policy | null
  pause: { pausedBy: string; reason: string; since: Date } | null
  /** The operator's, or why they cannot be understood. */
  limits: Limits | string
  lock: { trialId: string; expiresAt: Date } | null
  /** Trials that began on it within the last hour. */
  changesLastHour: number
  /** Knobs that a person is asked about, or has declined lately. */
  resting: string[]
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
