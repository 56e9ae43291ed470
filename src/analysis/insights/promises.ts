import type { OptimizationResult } from '../../model/result.ts'
import type { StrategyType } from '../../model/strategy.ts'
import { mean } from '../judging/statistics.ts'
import { rounded } from '../rounding.ts'

/** What strategies of one type promised, against what was measured. */
export interface Promises {
  type: StrategyType | 'all'
  /** Trials that measured something. */
  trials: number
  /** Means, percent or points. */
  promised: number
  measured: number
  /** Of the trials whose promise had an 80 % interval, how many came out within it. */
  within: { trials: number; of: number }
}

interface Kept {
  type: StrategyType
  promised: number
  measured: number
  interval: [number, number] | undefined
}

/** Calibration per strategy type, and of all together first; what persons asked for promises nothing. Empty without a trial. */
export function promises(results: readonly OptimizationResult[]): Promises[] {
  const told = results.flatMap(({ judged, strategy, actualImprovement }): Kept[] => {
    const { type, expectedImprovement, expectedInterval } = strategy
    if (!judged || actualImprovement === null || type === 'operator_request') return []
    return [{ type, promised: expectedImprovement, measured: actualImprovement, interval: expectedInterval }]
  })
  if (told.length === 0) return []
  return [['all', told] as const, ...Map.groupBy(told, ({ type }) => type)].map(([type, ofType]) => summary(type, ofType))
}

function summary(type: Promises['type'], told: readonly Kept[]): Promises {
  const withInterval = told.filter(({ interval }) => interval !== undefined)
  const inside = withInterval.filter(({ interval, measured }) => measured >= interval![0] && measured <= interval![1])
  return {
    type,
    trials: told.length,
    promised: rounded(mean(told.map(({ promised }) => promised))),
    measured: rounded(mean(told.map(({ measured }) => measured))),
    within: { trials: inside.length, of: withInterval.length },
  }
}
