import type { Bottleneck } from '../../../model/bottleneck.ts'
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { Knob, KnobValues } from '../../../model/knob.ts'
import type { RecordedApproval, RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import type { ChangeStanding, OptimizationResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'

/** Everything on record about one strategy and its trial. */
export interface TrialFacts {
  strategy: Strategy
  plannedAt: Date
  /** The cycle that planned it; null where a person requested it. */
  cycleId: string | null
  cycleEnded: boolean
  /** Why it was not carried out. */
  leftBecause: string | null
  /** The bottleneck it addresses; null where a forecast or a person was the cause, or the record is gone. */
  bottleneck: Bottleneck | null
  /** The target metric's value when the cycle collected it: milliseconds or a ratio. */
  seen: number | null
  /** The agent's kind. */
  kind: string
  knobs: Knob[]
  approval: RecordedApproval | null
  trial: RecordedTrial | null
  result: OptimizationResult | null
  /** The present standing of its change; null if it was never kept. */
  standing: ChangeStanding | null
  /** Written since the trial started, its own included, oldest first. */
  versions: RecordedVersion[]
  /** When its change became the agent's configuration on every instance. */
  keptAt: Date | null
  alerts: { raisedAt: Date; resolvedAt: Date | null; message: string }[]
  /** Trials on agents of this kind, before and since. */
  experience: FinishedTrial[]
  /** The next strategy of its type for an agent of this kind. */
  next: Strategy | null
  current: { version: number; values: KnobValues }
}
