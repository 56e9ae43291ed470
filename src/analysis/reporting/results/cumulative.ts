import { createCatalogue, type Metric, type MetricName, type RecordedMetric, toMetricKind } from '../../../model/metric.ts'
import type { OptimizationResult, StandingResult } from '../../../model/result.ts'
import { weightedSumName } from '../../../model/weighted-sum-name.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import {
  type AdditiveEffect,
  combineEffects,
  estimateDisplayedEffect,
  getMetricLevel,
  listMeasuredMetrics,
} from '../../statistics/effects.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { isStanding } from './standing.ts'

/** The combined effect of all kept changes on an agent that are still in force. */
export interface CombinedImprovement {
  /** Percent of a quantity, points of a rate or score. */
  improvement: number
  /** 95%; null where a trial had none. */
  interval: [low: number, high: number] | null
  keptTrials: number
}
export type CumulativeImprovement = Record<MetricName, CombinedImprovement>

/** The least that a rate or score is taken to lack of its best value, because 0 has no logarithm. */
const minMissed = 0.005

/**
 * The combined improvement of one agent by its kept changes that are still in force, as the product of their ratios: of quantities, and of the
 * distance of rates and scores from their best value, so that together they never gain more than was missing. Trials count as independent, so the distances of
 * the logarithms to their bounds add up in squares. Effects on metrics other than the target count too.
 */
export function computeCumulativeImprovement(resultsOfAgent: readonly StandingResult[]): CumulativeImprovement {
  const oldestFirst = resultsOfAgent.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp))
  const kept = oldestFirst.filter(({ success, standing }) => success && isStanding(standing))
  const catalogue = createCatalogue(collectDeclarations(kept))
  const measured = new Set(
    kept.flatMap(({ strategy, metrics: { before } }) => [...listMeasuredMetrics(before), ...listSingleTarget(strategy)]),
  )
  return Object.fromEntries(
    [...measured].flatMap((name) => {
      const metric = catalogue.get(name)
      if (!metric) return []
      const effects = kept.flatMap((result) => {
        const [effect, whole] = [estimateDisplayedEffect(metric, toMeasuredOutcome(result)), wholeBefore(metric, result)]
        return effect && whole
          ? [{ whole, ...(toMetricKind(metric.kind) === 'continuous' ? effect : asRatio(metric, effect, whole)) }]
          : []
      })
      const [first] = effects
      return first ? [[name, { ...asImprovement(metric, first.whole, combineEffects(effects)), keptTrials: effects.length }]] : []
    }),
  )
}

/** Weighted sums have no total: they may weigh different metrics, and each is relative to its own start. */
const listSingleTarget = ({ targetMetric }: OptimizationResult['strategy']) =>
  targetMetric === weightedSumName ? [] : [targetMetric]

/** The declarations of the metrics in results that are not built in, as the newest result has them. */
export function collectDeclarations(results: readonly OptimizationResult[]): RecordedMetric[] {
  const oldestFirst = results.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp))
  const declared = oldestFirst.flatMap(({ strategy }) => strategy.declared ?? [])
  return [...new Map(declared.map((metric) => [metric.name, metric])).values()]
}

/** The most that could be gained before a trial: percent of a time, points of a rate or score; null where that was not measured. */
function wholeBefore(metric: Metric, { metrics: { before } }: OptimizationResult): number | null {
  if (toMetricKind(metric.kind) === 'continuous') return 100
  const level = getMetricLevel(metric.name, before)
  return level === null ? null : 100 * Math.max(minMissed, metric.direction === 'higher' ? 1 - level : level)
}

/** Points as the logarithm of the share that is still lacking. */
function asRatio(metric: Metric, { estimate, interval }: AdditiveEffect, missing: number): AdditiveEffect {
  const { toImprovement } = getEffectScale(metric)
  const log = (effect: number) => Math.log(Math.max(100 * minMissed, missing - toImprovement(effect)) / missing)
  return { estimate: log(estimate), interval: interval && sortPair([log(interval[0]), log(interval[1])]) }
}

const toMeasuredOutcome = ({ strategy, actualImprovement, interval, metrics }: OptimizationResult) => ({
  target: strategy.targetMetric,
  improvement: actualImprovement,
  interval,
  metrics,
})

function asImprovement(
  metric: Metric,
  whole: number,
  { estimate, interval }: AdditiveEffect,
): Omit<CombinedImprovement, 'keptTrials'> {
  const { toImprovement } = getEffectScale(metric)
  const isQuantity = toMetricKind(metric.kind) === 'continuous'
  const gained = (logRatio: number) => roundToDecimals(isQuantity ? toImprovement(logRatio) : (1 - Math.exp(logRatio)) * whole)
  return { improvement: gained(estimate), interval: interval && sortPair([gained(interval[0]), gained(interval[1])]) }
}

const sortPair = ([a, b]: [number, number]): [low: number, high: number] => (a < b ? [a, b] : [b, a])
