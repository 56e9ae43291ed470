import type { OptimizationResult } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { mean } from '../../statistics/summaries.ts'

/** What strategies of one type promised, against what was measured. */
export interface PromiseCalibration {
  type: StrategyType | 'all'
  /** Trials that measured something. */
  trials: number
  /** Means, percent or points. */
  promised: number
  measured: number
  /** How many of them came out within the interval that was promised to hold 80 %. */
  within: number
}

interface Told {
  type: StrategyType
  promised: number
  measured: number
  held: boolean
}

/** Calibration per strategy type, and of all together first; what persons asked for promises nothing. Empty without a trial. */
export function summarizePromises(results: readonly OptimizationResult[]): PromiseCalibration[] {
  const told = results.flatMap(({ judged, strategy: { type }, promised, actualImprovement }): Told[] => {
    if (!judged || !promised || actualImprovement === null) return []
    return [{ type, promised: promised.improvement, measured: actualImprovement, held: promised.held === true }]
  })
  if (told.length === 0) return []
  return [['all', told] as const, ...Map.groupBy(told, ({ type }) => type)].map(([type, ofType]) => summary(type, ofType))
}

function summary(type: PromiseCalibration['type'], told: readonly Told[]): PromiseCalibration {
  return {
    type,
    trials: told.length,
    promised: roundToDecimals(mean(told.map(({ promised }) => promised))),
    measured: roundToDecimals(mean(told.map(({ measured }) => measured))),
    within: told.filter(({ held }) => held).length,
  }
}
