import type { KnobValue, KnobValues } from './knob.ts'
import type { JudgedMetric } from './metric.ts'
import type { ArmMetrics } from './result.ts'
import type { StrategyType } from './strategy.ts'
import type { Verdict } from './trial.ts'

export interface KnobChange {
  knob: string
  from: KnobValue
  to: KnobValue
}

/** A finished trial, as remembered for choosing the next ones. */
export interface FinishedTrial {
  agentId: string
  kind: string
  type: StrategyType
  metric: JudgedMetric
  changes: KnobChange[]
  /** All settings of its control, from which it started; empty if unknown. */
  baseline: KnobValues
  /** The metrics measured in its arms, whatever its target. */
  metrics: ArmMetrics
  verdict: Verdict
  /** Rolled back, at once or later, by a person, the agent or the limits rather than the judge; no evidence of harm. */
  unjudged?: boolean
  /** Measured improvement of `metric`: percent for times, points for rates and scores; null when nothing was measured. */
  improvement: number | null
  interval: [low: number, high: number] | null
  /** The improvement that its strategy expected; null if a person asked for the trial. */
  promised: number | null
  executionTimeMs: number
  /** When it ended, milliseconds since the epoch. */
  at: number
}
