import type { MetricPoint } from '../../../model/history.ts'
import { normalCdf } from '../../statistics/normal.ts'
import { normalizeLogWeights } from '../../statistics/summaries.ts'

/** A mixture of normal distributions. */
export type ForecastDistribution = readonly { weight: number; mean: number; variance: number }[]

/** The state of the filter under one assumption about a series; the variances form a symmetric matrix. */
interface Track {
  assumption: Assumption
  logWeight: number
  level: number
  slope: number
  levelVariance: number
  covariance: number
  slopeVariance: number
}

/** Standard deviations, on the scale on which metrics are forecast: noise of a point, drift and typical slope in ten minutes. */
interface Assumption {
  noise: number
  drift: number
  slope10: number
}

const tenMinutes = 600_000
/** In units of ten minutes: after an hour a trend has lost two thirds of its strength (Gardner & McKenzie 1985). */
const damping = 6
/** An assumption whose log likelihood is this far below the best is ignored in forecasts. */
const negligible = 12
/** Calm series without a trend are the rule: each larger value has half the prior probability of the one before. */
const choices = { noise: [0.06, 0.03, 0.15], drift: [0.02, 0, 0.06, 0.2], slope10: [0, 0.04, 0.15] }
const assumptions = choices.noise.flatMap((noise, i) =>
  choices.drift.flatMap((drift, j) =>
    choices.slope10.map((slope10, k) => ({ assumption: { noise, drift, slope10 }, logPrior: -(i + j + k) * Math.LN2 })),
  ),
)

/**
 * A level with a damped trend, followed point by point with any gaps between them: a Kalman filter (Harvey 1989) for each of several
 * assumptions about noise, drift and slope, weighted by how well they predicted the points (Bayesian model averaging). Three points
 * are enough for a rough forecast, and a hundred for a precise one.
 */
export class Trend {
  private tracks: Track[] = []
  private lastAt = 0

  /** The forecast of a measurement at a moment, including its noise; empty before the first point. */
  predict(at: number): ForecastDistribution {
    const most = Math.max(...this.tracks.map(({ logWeight }) => logWeight))
    const step = stepOf(at - this.lastAt)
    const likely = this.tracks.filter(({ logWeight }) => logWeight > most - negligible)
    const weights = normalizeLogWeights(likely.map(({ logWeight }) => logWeight))
    return likely.map((track, i) => {
      const { level, levelVariance, assumption } = moved(track, step)
      return { weight: weights[i]!, mean: level, variance: levelVariance + assumption.noise ** 2 }
    })
  }

  observe({ at, value }: MetricPoint): void {
    const step = stepOf(at - this.lastAt)
    if (this.tracks.length === 0) this.tracks = assumptions.map(({ assumption, logPrior }) => begun(assumption, value, logPrior))
    else this.tracks = this.tracks.map((track) => corrected(moved(track, step), value))
    this.lastAt = at
  }
}

/** The probability that a value drawn from the forecast is above this one. */
export function computeProbabilityAbove(forecast: ForecastDistribution, value: number): number {
  return forecast.reduce((sum, { weight, mean, variance }) => sum + weight * (1 - normalCdf(value, mean, Math.sqrt(variance))), 0)
}

function begun(assumption: Assumption, value: number, logWeight: number): Track {
  const [levelVariance, slopeVariance] = [assumption.noise ** 2, assumption.slope10 ** 2]
  return { assumption, logWeight, level: value, slope: 0, levelVariance, covariance: 0, slopeVariance }
}

interface Step {
  /** In units of ten minutes. */
  time: number
  /** Share of the slope that remains after it. */
  left: number
  /** The change of level that a slope of 1 causes. */
  reach: number
}

function stepOf(ms: number): Step {
  const time = Math.max(0, ms) / tenMinutes
  const left = Math.exp(-time / damping)
  return { time, left, reach: damping * (1 - left) }
}

function moved(track: Track, { time, left, reach }: Step): Track {
  const { assumption, logWeight, level, slope, levelVariance, covariance, slopeVariance } = track
  const { drift, slope10 } = assumption
  return {
    assumption,
    logWeight,
    level: level + reach * slope,
    slope: left * slope,
    levelVariance: levelVariance + 2 * reach * covariance + reach ** 2 * slopeVariance + drift ** 2 * time,
    covariance: left * (covariance + reach * slopeVariance),
    slopeVariance: left ** 2 * slopeVariance + slope10 ** 2 * (1 - left ** 2),
  }
}

function corrected(track: Track, value: number): Track {
  const { assumption, logWeight, level, slope, levelVariance, covariance, slopeVariance } = track
  const variance = levelVariance + assumption.noise ** 2
  const surprise = value - level
  const [gain, slopeGain] = [levelVariance / variance, covariance / variance]
  return {
    assumption,
    logWeight: logWeight - (Math.log(variance) + surprise ** 2 / variance) / 2,
    level: level + gain * surprise,
    slope: slope + slopeGain * surprise,
    levelVariance: (1 - gain) * levelVariance,
    covariance: (1 - gain) * covariance,
    slopeVariance: slopeVariance - slopeGain * covariance,
  }
}
