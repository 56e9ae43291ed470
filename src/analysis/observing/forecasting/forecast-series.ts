import { OptimizerError } from '../../../model/errors.ts'
import { clamp, quantile } from '../../statistics/summaries.ts'
import { dampedTrend, exponentialSmoothing, type ForecastModel, seasonalNaive, withSeasonality } from './smoothing.ts'

export interface ForecastOptions {
  /** How many steps ahead. */
  steps: number
  /** Steps of a season, such as 24 of hourly values; none by default. */
  season?: number
  /** Limits that the values cannot leave: 0 for times and counts, 0 and 1 for shares. */
  min?: number
  max?: number
}

export interface ForecastStep {
  median: number
  /** The value that the measurement lies below with a probability of 0–1. */
  quantile(share: number): number
}

/** The fewest values that a forecast with an interval can be made from. */
const fewest = 10
const maxOrigins = 40

/**
 * The next values of a series, with intervals as wide as the errors that the same forecasts would have had in the past: smoothing models
 * are combined by how well each forecast the past from many moments, and the errors of the combination are the distribution (a
 * conformal forecast by rolling origins; Stankevičiūtė et al. 2021).
 * @param values at equal steps; null, NaN or an infinity where nothing was measured
 * @throws OptimizerError `invalid-series` for fewer than ten known values; `invalid-forecast` for bad options
 */
export function forecastSeries(values: readonly (number | null)[], options: ForecastOptions): ForecastStep[] {
  const { steps, season, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = options
  check(values, options)
  const filled = fill(values)
  // Quantities vary in proportion to their level.
  const positive = min === 0 && max === Number.POSITIVE_INFINITY && filled.every((value) => value > 0)
  const history = positive ? filled.map(Math.log) : filled
  const models = chooseModels(history.length, season)
  const trials = backtest(history, models, steps, season)
  const ahead = models.map((model) => model(history, steps))
  const longest = Math.max(...trials.map(({ actual }) => actual.length))
  return Array.from({ length: steps }, (_, step) => {
    // Errors grow slowly with the distance, so those of neighboring steps count too; beyond the history, those of the longest forecasts.
    const [like, reach] = [Math.min(step, longest - 1), Math.max(1, Math.round(0.25 * (step + 1)))]
    const near = trials.map(({ forecasts, actual }) => {
      const places = actual.flatMap((_, i) => (Math.abs(i - like) <= reach ? [i] : []))
      return { forecasts, actual, places }
    })
    const errorsOf = (forecast: (trial: Trial, place: number) => number) =>
      near.flatMap((trial) => trial.places.map((place) => trial.actual[place]! - forecast(trial, place)))
    const losses = models.map((_, m) => meanAbsolute(errorsOf(({ forecasts }, place) => forecasts[m]![place]!)))
    const weights = toWeights(losses)
    const combine = (forecasts: readonly number[][], place: number) =>
      weights.reduce((sum, weight, m) => sum + weight * forecasts[m]![place]!, 0)
    const errors = errorsOf(({ forecasts }, place) => combine(forecasts, place))
    const centre = combine(ahead, step)
    const at = (share: number) => {
      const value = centre + errorQuantile(errors, share, near.length)
      return clamp(positive ? Math.exp(value) : value, min, max)
    }
    return { median: at(0.5), quantile: at }
  })
}

function check(values: readonly (number | null)[], { steps, season }: ForecastOptions): void {
  const known = values.filter((value) => value !== null && Number.isFinite(value)).length
  if (known < fewest)
    throw new OptimizerError('invalid-series', `A forecast needs at least ${fewest} values; only ${known} are known.`)
  if (!Number.isInteger(steps) || steps < 1) {
    throw new OptimizerError('invalid-forecast', `steps is ${steps}; pass the number of steps ahead, 1 or more.`)
  }
  if (season !== undefined && (!Number.isInteger(season) || season < 2)) {
    throw new OptimizerError(
      'invalid-forecast',
      `season is ${season}; pass the number of steps in a season, 2 or more, or omit it.`,
    )
  }
}

/** The last known value in each gap. */
function fill(values: readonly (number | null)[]): number[] {
  const isKnown = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined && Number.isFinite(value)
  let last = values.find(isKnown)!
  return values.map((value) => (last = isKnown(value) ? value : last))
}

function chooseModels(length: number, season: number | undefined): ForecastModel[] {
  const plain = [exponentialSmoothing, dampedTrend]
  if (season === undefined || length < 3 * season) return plain
  return [...plain, seasonalNaive(season), withSeasonality(season, exponentialSmoothing), withSeasonality(season, dampedTrend)]
}

interface Trial {
  /** By model and step. */
  forecasts: number[][]
  actual: number[]
}

/** Forecasts from moments of the past, each by what was known then. */
function backtest(history: readonly number[], models: readonly ForecastModel[], steps: number, season = 1): Trial[] {
  const first = Math.max(fewest >> 1, models.length > 2 ? 2 * season : 0, history.length - 8 * Math.max(steps, season))
  const stride = Math.max(1, Math.floor((history.length - first) / maxOrigins))
  const trials: Trial[] = []
  for (let origin = history.length - 1; origin >= first; origin -= stride) {
    const past = history.slice(0, origin)
    trials.push({ forecasts: models.map((model) => model(past, steps)), actual: history.slice(origin, origin + steps) })
  }
  return trials
}

const meanAbsolute = (errors: readonly number[]) =>
  errors.reduce((sum, error) => sum + Math.abs(error), 0) / Math.max(1, errors.length)

/** The better a model was, the more it counts; one that was twice as wrong as another counts hardly at all. */
function toWeights(losses: readonly number[]): number[] {
  const least = Math.min(...losses)
  const raw = losses.map((loss) => (least === 0 ? (loss === 0 ? 1 : 0) : (least / loss) ** 4))
  const total = raw.reduce((sum, each) => sum + each, 0)
  return raw.map((each) => each / total)
}

/** The quantile of the errors, wider for fewer forecasts, as a conformal interval is (Vovk et al. 2005). */
function errorQuantile(errors: readonly number[], share: number, forecasts: number): number {
  if (errors.length === 0) return 0
  const widened = clamp(0.5 + (share - 0.5) * (1 + 1 / Math.max(2, forecasts)), 0, 1)
  return quantile(errors, widened)!
}
