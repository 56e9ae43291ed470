import type { KnobValue, KnobValues, MetricName } from './knob.ts'
import type { ArmMetrics } from './result.ts'
import type { StrategyType } from './strategy.ts'
import type { Verdict } from './trial.ts'

export interface KnobChange {
  knob: string
  from: KnobValue
  to: KnobValue
}

/** What is remembered of a finished trial, to choose the next ones by. */
export interface FinishedTrial {
  agentId: string
  kind: string
  type: StrategyType
  metric: MetricName
  changes: KnobChange[]
  /** Every setting it began from, its control's; empty where that is not known. */
  baseline: KnobValues
  /** What its arms measured, whatever it was for. */
  metrics: ArmMetrics
  verdict: Verdict
  /** Rolled back, or taken back later, by the word of a person, the agent or the limits: says nothing of harm. */
  unjudged?: boolean
  /** Measured improvement of `metric`: percent for times, points for rates and scores; null when nothing was measured. */
  improvement: number | null
  interval: [low: number, high: number] | null
  /** What its strategy expected of it; null for what a person asked for. */
  promised: number | null
  executionTimeMs: number
  /** When it ended, milliseconds since the epoch. */
  at: number
}
