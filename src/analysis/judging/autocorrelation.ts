import { clamp } from '../statistics/summaries.ts'

/** The noise of means over a stationary, autocorrelated series. */
export interface Noise {
  /** Variance of one value. */
  variance: number
  /** `n` × variance of the mean of `n` values, for large `n`. */
  longRunVariance: number
  /** Variance of the mean of `n` consecutive values. */
  ofMean(n: number): number
  /** How much more than for independent data a variance estimated from `n` values scatters (relative, squared). */
  scatter: number
}

const LAGS = 80
/** Lower bound of the variance at short lengths, as a share of the long-run variance: estimates below it are due to chance. */
const MIN_SHARE = 0.2

/** Sample autocovariances at lags 0 … `lags` of a series with mean zero. */
export function computeAutocovariances(series: ArrayLike<number>, lags: number): number[] {
  return Array.from({ length: lags + 1 }, (_, lag) => {
    let sum = 0
    for (let i = lag; i < series.length; i++) sum += series[i]! * series[i - lag]!
    return sum / Math.max(1, series.length)
  })
}

/**
 * Fits an autoregression to autocovariances (Levinson-Durbin recursion) and derives from it the variance of means:
 * var(mean of n) = (γ₀ + 2 Σ (1 − j/n) γⱼ) / n.
 */
export function fitAutoregressiveNoise(covariances: readonly number[]): Noise {
  const variance = Math.max(covariances[0]!, 1e-12)
  const order = covariances.length - 1
  let coefficients: number[] = []
  let innovation = variance
  for (let p = 1; p <= order; p++) {
    let explained = 0
    for (let j = 0; j < p - 1; j++) explained += coefficients[j]! * covariances[p - 1 - j]!
    const reflection = clamp((covariances[p]! - explained) / innovation, -0.99, 0.99)
    coefficients = [...coefficients.map((c, j) => c - reflection * coefficients[p - 2 - j]!), reflection]
    innovation *= 1 - reflection ** 2
  }
  const persistence = Math.max(1 - coefficients.reduce((a, b) => a + b, 0), 0.05)
  const longRunVariance = innovation / persistence ** 2

  const gamma = [variance, ...covariances.slice(1)]
  for (let j = order + 1; j < LAGS; j++) gamma.push(coefficients.reduce((sum, c, i) => sum + c * gamma[j - 1 - i]!, 0))
  const sums = new Float64Array(LAGS)
  const moments = new Float64Array(LAGS)
  let scatter = 1
  for (let j = 0; j < LAGS; j++) {
    sums[j] = (sums[j - 1] ?? 0) + gamma[j]!
    moments[j] = (moments[j - 1] ?? 0) + j * gamma[j]!
    if (j > 0) scatter += 2 * (gamma[j]! / variance) ** 2
  }
  return {
    variance,
    longRunVariance,
    scatter,
    ofMean(n) {
      const last = Math.min(LAGS, Math.max(1, Math.floor(n))) - 1
      const exact = (2 * sums[last]! - variance - (2 * moments[last]!) / n) / n
      return Math.max(exact, (MIN_SHARE * longRunVariance) / n)
    },
  }
}
