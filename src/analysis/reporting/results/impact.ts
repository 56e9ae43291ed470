import { findCommonUnit } from '../../../model/metric.ts'
import { getEffectiveVerdict, type ImpactSummary, type ResultDigest } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { mean } from '../../statistics/summaries.ts'

/**
 * Summary of all results (B9). Improvements are means over proven results only, rounded to one decimal: 0 if none is
 * proven; categories without a proven result are omitted.
 */
export function summarizeImpact(results: readonly ResultDigest[], now: number): ImpactSummary {
  const kept = results.filter((result) => result.success && getEffectiveVerdict(result) === 'keep')
  const proven = kept.flatMap(({ actualImprovement, type, unit }) =>
    actualImprovement === null ? [] : [{ type, unit, improvement: actualImprovement }],
  )
  const successful = kept.length
  const categories = Map.groupBy(proven, ({ type }) => type)
  return {
    totalOptimizations: results.length,
    successfulOptimizations: successful,
    successRate: results.length > 0 ? roundToDecimals(successful / results.length, 3) : 0,
    overallImprovement: meanImprovement(proven),
    improvementUnit: findCommonUnit(proven),
    categoryImprovements: Object.fromEntries(
      [...categories].map(([type, ofType]): [StrategyType, number] => [type, meanImprovement(ofType)]),
    ),
    timestamp: new Date(now).toISOString(),
  }
}

const meanImprovement = (proven: readonly { improvement: number }[]) =>
  roundToDecimals(mean(proven.map(({ improvement }) => improvement)))
