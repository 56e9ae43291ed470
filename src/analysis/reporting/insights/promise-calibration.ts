import type { OptimizationResult } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { mean } from '../../statistics/summaries.ts'

/** The promises of one type of strategy compared with what was measured. */
export interface PromiseCalibration {
  type: StrategyType | 'all'
  /** Trials that measured something. */
  trials: number
  /** Means, percent or points. */
  promised: number
  measured: number
  /** Trials whose result fell within the promised 80% interval. */
  within: number
}

interface PromiseOutcome {
  type: StrategyType
  promised: number
  measured: number
  held: boolean
}

/** Calibration of all types together, then of each; trials requested by people promise nothing. Empty without a trial. */
export function summarizePromises(results: readonly OptimizationResult[]): PromiseCalibration[] {
  const told = results.flatMap(({ judged, strategy: { type }, promised, actualImprovement }): PromiseOutcome[] => {
    if (!judged || !promised || actualImprovement === null) return []
    return [{ type, promised: promised.improvement, measured: actualImprovement, held: promised.held === true }]
  })
  if (told.length === 0) return []
  return [['all', told] as const, ...Map.groupBy(told, ({ type }) => type)].map(([type, ofType]) => summary(type, ofType))
}

function summary(type: PromiseCalibration['type'], told: readonly PromiseOutcome[]): PromiseCalibration {
  return {
    type,
    trials: told.length,
    promised: roundToDecimals(mean(told.map(({ promised }) => promised))),
    measured: roundToDecimals(mean(told.map(({ measured }) => measured))),
    within: told.filter(({ held }) => held).length,
  }
}
