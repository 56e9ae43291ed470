import type { Anomaly } from '../../../model/anomaly.ts'
import type { Bottleneck } from '../../../model/bottleneck.ts'
import type { BottleneckRule } from '../../../model/bottleneck-rule.ts'
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { MetricHistory } from '../../../model/history.ts'
import type { Knob } from '../../../model/knob.ts'
import type { Policy } from '../../../model/policy.ts'
import type { Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import type { EligibilityRecord, FleetFacts } from '../../eligibility/index.ts'

/** Everything that strategies are planned from. */
export interface StrategyRequest {
  bottlenecks: Bottleneck[]
  snapshot: Snapshot
  thresholds: Thresholds
  /** Configured rules besides those of the thresholds. */
  bottleneckRules?: readonly BottleneckRule[]
  /** By agent id. */
  knobs: Record<string, Knob[]>
  /** Finished trials on the whole fleet; the caller omits those too old to count. */
  experience: FinishedTrial[]
  policy: FleetFacts['policy'] & Pick<Policy, 'autonomyByKind'>
  /** Milliseconds since the epoch; part of the strategy ids. */
  now: number
  /** 0 ≤ x < 1; the other part of the strategy ids. */
  random: () => number
  /** Ongoing anomalies, with their probable causes. */
  anomalies?: readonly Anomaly[]
  /** Past values of the metrics, for the forecast. */
  history?: MetricHistory
  /** Recent message statistics of pairs of agents. */
  pairs?: PairReading[]
  /** The record that decides what may be tried; if omitted, nothing is restricted. */
  eligibility?: EligibilityRecord
}
