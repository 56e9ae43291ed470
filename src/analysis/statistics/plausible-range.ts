/** The range of a population's figure, estimated from a sample: each limit is exceeded with a probability of at most 1%. */
import { studentQuantile } from './student.ts'
import { mean, variance } from './summaries.ts'

/** An end that the sample says nothing about is missing. */
export interface PlausibleRange {
  low?: number
  high?: number
}

/** Small, because every collection looks again. */
const error = 0.01
/** The normal distribution's quantile of 99%. */
const z = 2.3263

/** The range of a mean, by Student's t; empty for less than two values. */
export function computeMeanRange(values: ArrayLike<number>): PlausibleRange {
  if (values.length < 2) return {}
  const margin = studentQuantile(z, values.length - 1) * Math.sqrt(variance(values, 1) / values.length)
  const centre = mean(values)
  return { low: centre - margin, high: centre + margin }
}

/**
 * The range of a quantile, by the binomial distribution of the number of values above it (David & Nagaraja 2003, Order Statistics, 7.1).
 * @param ascending the values
 * @param share at least 0.5
 */
export function computeQuantileRange(ascending: ArrayLike<number>, share: number): PlausibleRange {
  const n = ascending.length
  const range: PlausibleRange = {}
  let probability = share ** n
  let atMost = 0
  // At each step, `atMost` is the probability that fewer than `above` values are above the quantile.
  for (let above = 0; above <= n; above++) {
    if (above > 0 && range.low === undefined && 1 - atMost <= error) range.low = ascending[n - above]!
    atMost += probability
    if (range.low !== undefined && atMost > error) break
    if (above < n && atMost <= error) range.high = ascending[n - 1 - above]!
    probability *= ((n - above) / (above + 1)) * ((1 - share) / share)
  }
  return range
}
