import { type JudgedMetric, judgedMetricSchema, metricTraits } from '../../../model/metric.ts'
import type { OptimizationResult, StandingResult } from '../../../model/result.ts'
import { type AdditiveEffect, combineEffects, estimateEffect, getMetricLevel } from '../../statistics/effects.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { doesStand } from './standing.ts'

/** The combined effect of all kept changes on an agent that still stand. */
export interface Improvement {
  /** Percent for the response time, points for the others. */
  improvement: number
  /** 95%; null where a trial had none. */
  interval: [low: number, high: number] | null
  keptTrials: number
}
export type CumulativeImprovement = Partial<Record<JudgedMetric, Improvement>>

/** The least shortfall from 1 that a rate or score is given, because 0 has no logarithm. */
const leastMissed = 0.005

/**
 * The combined improvement of one agent by its kept changes that still stand, as the product of their ratios: of response times, and of the shortfall of
 * rates and scores from 1, so that together they never gain more than was missing. Trials count as independent, so the distances of
 * the logarithms to their bounds add up in squares. Effects on metrics other than the target count too.
 */
export function computeCumulativeImprovement(resultsOfAgent: readonly StandingResult[]): CumulativeImprovement {
  const oldestFirst = resultsOfAgent.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp))
  const kept = oldestFirst.filter(({ success, standing }) => success && doesStand(standing))
  return Object.fromEntries(
    judgedMetricSchema.options.flatMap((metric) => {
      const effects = kept.flatMap((result) => {
        const [effect, whole] = [estimateEffect(metric, toMeasuredOutcome(result)), wholeBefore(metric, result)]
        return effect && whole
          ? [{ whole, ...(metricTraits[metric].kind === 'continuous' ? effect : asRatio(effect, whole)) }]
          : []
      })
      const [first] = effects
      return first ? [[metric, { ...asImprovement(first.whole, combineEffects(effects)), keptTrials: effects.length }]] : []
    }),
  )
}

/** The most that could be gained before a trial: percent of a time, points of a rate or score; null where that was not measured. */
function wholeBefore(metric: JudgedMetric, { metrics: { before } }: OptimizationResult): number | null {
  if (metricTraits[metric].kind === 'continuous') return 100
  const level = getMetricLevel(metric, before)
  return level === null ? null : 100 * Math.max(leastMissed, 1 - level)
}

/** Points as the logarithm of the share of the shortfall that remains. */
function asRatio({ estimate, interval }: AdditiveEffect, missing: number): AdditiveEffect {
  const log = (points: number) => Math.log(Math.max(100 * leastMissed, missing - points) / missing)
  return { estimate: log(estimate), interval: interval && [log(interval[1]), log(interval[0])] }
}

const toMeasuredOutcome = ({ strategy, actualImprovement, interval, metrics }: OptimizationResult) => ({
  target: strategy.targetMetric,
  improvement: actualImprovement,
  interval,
  metrics,
})

function asImprovement(whole: number, { estimate, interval }: AdditiveEffect): Omit<Improvement, 'keptTrials'> {
  const gained = (logRatio: number) => roundToDecimals((1 - Math.exp(logRatio)) * whole)
  return { improvement: gained(estimate), interval: interval && [gained(interval[1]), gained(interval[0])] }
}
