import type { OptimizationResult } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

/** Outcomes of the trials of one strategy type. */
export interface SuccessStatistics {
  type: StrategyType
  trials: number
  proven: number
  rolledBack: number
  undecided: number
  /** Ratio 0–1. */
  successRate: number
  /** Mean of the proven ones, percent or points; null if none is. */
  improvement: number | null
}

/** Success per strategy type, the most tried first. Trials that were not ended by the judge count only if they were rolled back. */
export function summarizeSuccesses(results: readonly OptimizationResult[]): SuccessStatistics[] {
  const telling = results.filter(({ judged, verdict }) => judged || verdict === 'roll-back')
  return [...Map.groupBy(telling, ({ strategy }) => strategy.type)]
    .map(([type, ofType]) => {
      const count = (verdict: OptimizationResult['verdict']) => ofType.filter((result) => result.verdict === verdict).length
      const gains = ofType.flatMap(({ verdict, actualImprovement }) => (verdict === 'keep' ? (actualImprovement ?? []) : []))
      return {
        type,
        trials: ofType.length,
        proven: count('keep'),
        rolledBack: count('roll-back'),
        undecided: count('undecided'),
        successRate: roundToDecimals(count('keep') / ofType.length, 3),
        improvement: gains.length > 0 ? roundToDecimals(gains.reduce((sum, gain) => sum + gain, 0) / gains.length) : null,
      }
    })
    .sort((a, b) => b.trials - a.trials)
}
