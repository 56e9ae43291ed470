import type { Anomaly } from '../../../model/anomaly.ts'
import type { Severity } from '../../../model/bottleneck.ts'
import type { Countermeasures } from '../../../model/countermeasures.ts'
import type { Knob } from '../../../model/knob.ts'
import type { Policy } from '../../../model/policy.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import type { StandingResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { EligibilityFacts } from '../../eligibility/index.ts'

/** A trial on the agent that is running, or was kept recently. */
export interface ActiveTrial
  extends Pick<
    RecordedTrial,
    | 'state'
    | 'baselineVersion'
    | 'candidateVersion'
    | 'watchedUntil'
    | 'endedAt'
    | 'progress'
    | 'judgement'
    | 'observeMs'
    | 'observingAt'
    | 'suspensions'
  > {
  strategy: Strategy
}

/** A trial on the agent, with its strategy and result. */
export interface TrialWithResult extends Pick<RecordedTrial, 'state' | 'startedAt' | 'judgement'> {
  strategy: Strategy
  result: StandingResult | null
}

/** Everything on record about one agent. */
export interface AgentFacts {
  agentId: string
  kind: string
  instances: { live: number; known: number }
  knobs: Knob[]
  /** The configurations that were in force, each with its start, oldest first; never empty. */
  history: (Omit<RecordedVersion, 'createdAt'> & { since: Date; requestId: string | null })[]
  /** The newest trials, newest first. */
  trials: TrialWithResult[]
  /** The number of all its trials. */
  totalTrials: number
  /** The results of all its kept changes, whether or not they are still in force. */
  kept: StandingResult[]
  /** Its running trials, and those kept recently enough to be watched. */
  active: ActiveTrial[]
  /** Null where unknown: no cycle has run yet, or Temporal does not answer. */
  policy: Policy | null
  /** Decides what may be tried on it; assumes the default policy where the one in force is unknown. */
  eligibility: EligibilityFacts
  /** Its profile by the latest cycle, and when that was taken; null before the first. */
  seen: { profile: AgentProfile; at: Date } | null
  /** Its anomalies that are ongoing or ended within the last day, oldest first, each in words; `done` if it is for the worse. */
  anomalies: { anomaly: Anomaly; explanation: string; done: Countermeasures | null }[]
  /** Why anomalies may be missed, in words; undefined if there is no reason. */
  anomalyGap?: string | undefined
  /** The other bottlenecks that cycles found on it within the last day, the worst first. */
  bottlenecks: {
    worst: Severity
    description: string
    /** How many cycles found it, first and last. */
    count: number
    firstAt: Date
    lastAt: Date
    done: Countermeasures
  }[]
  /** Trials that wait for approval. */
  approvals: { trialId: string; until: Date; strategy: Strategy }[]
  /** Strategies for it that the last cycle planned but did not carry out. */
  left: { strategy: Strategy; because: string }[]
  /** The subjects that the last cycle planned nothing for, and why. */
  skipped: readonly string[]
  /** How long a kept change is watched, milliseconds. */
  watchMs: number
  /** The Schedule of the cycles, with the reason if it is paused; null if unknown. */
  schedule: { nextCycleAt: Date | null; pausedBecause: string | null } | null
  now: Date
}
