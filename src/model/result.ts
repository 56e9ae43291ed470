import type { Strategy, StrategyType } from './strategy.ts'
import type { TrialDesign, Verdict } from './trial.ts'

/** Measured figures of one arm. */
export interface MeasuredMetrics {
  samples: number
  /** Median and mean, ms. */
  responseTimeP50: number | null
  responseTimeMean: number | null
  successRate: number | null
  coordinationScore: number | null
}

/** Metrics of the control (`before`) and of the candidates (`after`). */
export interface ArmMetrics {
  before: MeasuredMetrics
  after: MeasuredMetrics
}

/** The improvement that a strategy promised, with the interval that contains 80% of measured improvements. */
export interface PromisedImprovement {
  improvement: number
  interval: [low: number, high: number]
  /** Whether the measured improvement lies in the interval; null when nothing was measured. */
  held: boolean | null
}

/** The result of one strategy (B9). */
export interface OptimizationResult {
  strategy: Strategy
  /** Milliseconds from the start of the trial to its end. */
  executionTime: number
  /** True only if the change was proven and kept. */
  success: boolean
  /** Measured; percent for times, points for rates and scores; null if nothing could be measured. */
  actualImprovement: number | null
  interval: [low: number, high: number] | null
  /** The expected improvement, to compare with the measured one; null if a person asked for the trial. */
  promised: PromisedImprovement | null
  verdict: Verdict
  /** False if something other than the judge ended the trial, which then teaches nothing. */
  judged: boolean
  /** The person who kept the change although it was not proven. */
  keptBy?: string
  /** How it was compared; `before-after` is the weaker design. */
  design: TrialDesign
  samples: { control: number; candidate: number }
  metrics: ArmMetrics
  /** Why the trial ended as it did, in plain words. */
  reason: string
  issues: string[]
  /** ISO 8601. */
  timestamp: string
}

/** All results together (B9). Improvements count proven ones only. */
export interface ImpactSummary {
  totalOptimizations: number
  successfulOptimizations: number
  /** Ratio 0–1. */
  successRate: number
  /** Mean over the proven results, percent. */
  overallImprovement: number
  categoryImprovements: Partial<Record<StrategyType, number>>
  timestamp: string
}
