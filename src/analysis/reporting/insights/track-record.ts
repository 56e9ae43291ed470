/** The track record of each type of strategy: how often it succeeds, and how accurate its predictions are. */

import { type ChangeUnit, findCommonUnit } from '../../../model/metric.ts'
import { getEffectiveVerdict, type ResultDigest } from '../../../model/result.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { findTypicalSuccessRange, type RatioRange, typicalOverallSuccessRate } from '../../../model/typical-success.ts'
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
  /** The typical success rate of the type according to document 000, ratios 0–1; null if it gives none. */
  documented: RatioRange | null
  /** Mean of the proven ones; null if none is. */
  improvement: number | null
  /** Of `improvement`; null if some are in percent and others in points. */
  unit: ChangeUnit | null
}

/** Outcomes of the trials of all types. */
export interface OverallSuccess {
  trials: number
  proven: number
  /** Ratio 0–1; null without trials. */
  successRate: number | null
  documented: RatioRange
  /** Changes that the judge kept. */
  kept: number
  /** Those that have done no harm since, as far as later measurements show. */
  held: number
}

/** The success rate of all types together, and how many kept changes last. */
export function summarizeOverallSuccess(results: readonly ResultDigest[]): OverallSuccess {
  const telling = selectTelling(results)
  const proven = telling.filter(({ verdict }) => verdict === 'keep').length
  const kept = results.filter(({ judged, verdict }) => judged && verdict === 'keep')
  return {
    trials: telling.length,
    proven,
    successRate: telling.length === 0 ? null : roundToDecimals(proven / telling.length, 3),
    documented: typicalOverallSuccessRate,
    kept: kept.length,
    held: kept.filter(({ undone }) => !undone?.harmful).length,
  }
}

/**
 * Trials that say something about their type. Those that the judge did not end count only if the agent or the limits rolled them back;
 * what people did is neither a success nor a failure.
 */
const selectTelling = (results: readonly ResultDigest[]) =>
  results
    .map((result) => ({ ...result, verdict: getEffectiveVerdict(result) }))
    .filter(({ judged, endedBy, verdict, undone }) =>
      judged || undone?.harmful ? true : verdict === 'roll-back' && endedBy !== 'person',
    )

/** Success per strategy type, most tried first. */
export function summarizeOutcomesByType(results: readonly ResultDigest[]): SuccessStatistics[] {
  return [...Map.groupBy(selectTelling(results), ({ type }) => type)]
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
        documented: findTypicalSuccessRange(type),
        improvement: gains.length > 0 ? roundToDecimals(mean(gains)) : null,
        unit: findCommonUnit(proven),
      }
    })
    .sort((a, b) => b.trials - a.trials)
}

/** The predictions of one type of strategy compared with the measurements. */
export interface PredictionCalibration {
  type: StrategyType | 'all'
  /** Trials that measured something. */
  trials: number
  /** Means. */
  predicted: number
  measured: number
  /** Of both; null if some are in percent and others in points. */
  unit: ChangeUnit | null
  /** Trials whose result fell within the predicted 80% interval. */
  within: number
}

interface PredictionOutcome {
  type: StrategyType
  predicted: number
  measured: number
  unit: ChangeUnit
  held: boolean
}

/** Calibration of all types together, then of each; trials requested by people have no prediction. Empty without a trial. */
export function summarizePredictions(results: readonly ResultDigest[]): PredictionCalibration[] {
  const told = results.flatMap(({ judged, type, unit, promised, actualImprovement }): PredictionOutcome[] => {
    if (!judged || !promised || actualImprovement === null) return []
    return [{ type, predicted: promised.improvement, measured: actualImprovement, unit, held: promised.held === true }]
  })
  if (told.length === 0) return []
  return [['all', told] as const, ...Map.groupBy(told, ({ type }) => type)].map(([type, ofType]) => summary(type, ofType))
}

function summary(type: PredictionCalibration['type'], told: readonly PredictionOutcome[]): PredictionCalibration {
  return {
    type,
    trials: told.length,
    predicted: roundToDecimals(mean(told.map(({ predicted }) => predicted))),
    measured: roundToDecimals(mean(told.map(({ measured }) => measured))),
    unit: findCommonUnit(told),
    within: told.filter(({ held }) => held).length,
  }
}
