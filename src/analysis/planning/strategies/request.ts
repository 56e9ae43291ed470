import type { Bottleneck } from '../../../model/bottleneck.ts'
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { MetricHistory } from '../../../model/history.ts'
import type { Knob } from '../../../model/knob.ts'
import type { Policy } from '../../../model/policy.ts'
import type { Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import type { EligibilityRecord } from '../../eligibility/index.ts'

/** What strategies are made of. */
export interface StrategyRequest {
  bottlenecks: Bottleneck[]
  snapshot: Snapshot
  thresholds: Thresholds
  /** The knobs of each agent, by its id. */
  knobs: Record<string, Knob[]>
  /** Finished trials on the whole fleet; older ones than should still count are left out by the caller. */
  experience: FinishedTrial[]
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode' | 'autonomyByKind'>
  /** Milliseconds since the epoch; part of the ids. */
  now: number
  /** 0 ≤ x < 1; the other part of the ids. */
  random: () => number
  /** How the metrics went before, to forecast by. */
  history?: MetricHistory
  /** What agents said to each other lately. */
  pairs?: PairReading[]
  /** What is on record of what may be tried; nothing is held back where it is left out. */
  eligibility?: EligibilityRecord
}
