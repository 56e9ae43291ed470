/** The track record of each type of strategy: how often it succeeds, and whether its promises come true. */
import { type ChangeUnit, findCommonUnit } from '../../../model/metric.ts'
import { getEvidentVerdict, type ResultDigest } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { mean } from '../../statistics/summaries.ts'

/** Outcomes of the trials of one strategy type. */
export interface SuccessStatistics {
  type: StrategyType
  trials: number
  proven: number
  rolledBack: number
  undecided: number
  /** Ratio 0–1. */
  successRate: number
  /** Mean of the proven ones; null if none is. */
  improvement: number | null
  /** Of `improvement`; null if some are in percent and others in points. */
  unit: ChangeUnit | null
}

/**
 * Success per strategy type, the most tried first. Trials that the judge did not end count only if the agent or the limits rolled them
 * back; what people did is neither a success nor a failure.
 */
export function summarizeSuccesses(results: readonly ResultDigest[]): SuccessStatistics[] {
  const telling = results
    .map((result) => ({ ...result, verdict: getEvidentVerdict(result) }))
    .filter(({ judged, endedBy, verdict, undone }) =>
      judged || undone?.harmful ? true : verdict === 'roll-back' && endedBy !== 'person',
    )
  return [...Map.groupBy(telling, ({ type }) => type)]
    .map(([type, ofType]) => {
      const count = (verdict: ResultDigest['verdict']) => ofType.filter((result) => result.verdict === verdict).length
      const proven = ofType.filter(({ verdict, actualImprovement }) => verdict === 'keep' && actualImprovement !== null)
      const gains = proven.map(({ actualImprovement }) => actualImprovement!)
      return {
        type,
        trials: ofType.length,
        proven: count('keep'),
        rolledBack: count('roll-back'),
        undecided: count('undecided'),
        successRate: roundToDecimals(count('keep') / ofType.length, 3),
        improvement: gains.length > 0 ? roundToDecimals(mean(gains)) : null,
        unit: findCommonUnit(proven),
      }
    })
    .sort((a, b) => b.trials - a.trials)
}

/** The promises of one type of strategy compared with what was measured. */
export interface PromiseCalibration {
  type: StrategyType | 'all'
  /** Trials that measured something. */
  trials: number
  /** Means. */
  promised: number
  measured: number
  /** Of both; null if some are in percent and others in points. */
  unit: ChangeUnit | null
  /** Trials whose result fell within the promised 80% interval. */
  within: number
}

interface PromiseOutcome {
  type: StrategyType
  promised: number
  measured: number
  unit: ChangeUnit
  held: boolean
}

/** Calibration of all types together, then of each; trials requested by people promise nothing. Empty without a trial. */
export function summarizePromises(results: readonly ResultDigest[]): PromiseCalibration[] {
  const told = results.flatMap(({ judged, type, unit, promised, actualImprovement }): PromiseOutcome[] => {
    if (!judged || !promised || actualImprovement === null) return []
    return [{ type, promised: promised.improvement, measured: actualImprovement, unit, held: promised.held === true }]
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
    unit: findCommonUnit(told),
    within: told.filter(({ held }) => held).length,
  }
}
