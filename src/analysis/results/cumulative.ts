import type { JudgedMetric } from '../../model/knob.ts'
import type { OptimizationResult } from '../../model/result.ts'
import { rounded } from '../rounding.ts'
import { type Effect, effectOn } from './effects.ts'

/** What all kept changes of an agent came to together. */
export interface Improvement {
  /** Percent for the response time, points for the others. */
  improvement: number
  /** 95 %; null when a trial gave none. */
  interval: [low: number, high: number] | null
  keptTrials: number
}
export type CumulativeImprovement = Partial<Record<JudgedMetric, Improvement>>

const metrics: JudgedMetric[] = ['responseTime', 'successRate', 'coordinationScore']

/**
 * The improvement of one agent by all its kept trials: response times as the product of the trials' ratios, rates and
 * scores as the sum of their points. Trials count as independent, so on that scale (logarithms for ratios) the distances
 * to the bounds add up in squares. What a trial did to metrics that were not its target counts too.
 */
export function cumulativeImprovement(resultsOfAgent: readonly OptimizationResult[]): CumulativeImprovement {
  const kept = resultsOfAgent.filter(({ success }) => success)
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const effects = kept.map((result) => effectOn(metric, outcomeOf(result))).filter((effect) => effect !== null)
      return effects.length > 0 ? [[metric, { ...asImprovement(metric, combined(effects)), keptTrials: effects.length }]] : []
    }),
  )
}

const outcomeOf = ({ strategy, actualImprovement, interval, metrics }: OptimizationResult) => ({
  target: strategy.targetMetric,
  improvement: actualImprovement,
  interval,
  metrics,
})

function combined(effects: readonly Effect[]): Effect {
  const estimate = effects.reduce((sum, effect) => sum + effect.estimate, 0)
  const intervals = effects.map(({ interval }) => interval)
  if (!intervals.every((interval) => interval !== null)) return { estimate, interval: null }
  const below = Math.hypot(...effects.map((effect, i) => effect.estimate - intervals[i]![0]))
  const above = Math.hypot(...effects.map((effect, i) => intervals[i]![1] - effect.estimate))
  return { estimate, interval: [estimate - below, estimate + above] }
}

function asImprovement(metric: JudgedMetric, { estimate, interval }: Effect): Omit<Improvement, 'keptTrials'> {
  if (metric !== 'responseTime')
    return { improvement: rounded(estimate), interval: interval && [rounded(interval[0]), rounded(interval[1])] }
  const percent = (logRatio: number) => rounded((1 - Math.exp(logRatio)) * 100)
  return { improvement: percent(estimate), interval: interval && [percent(interval[1]), percent(interval[0])] }
}
