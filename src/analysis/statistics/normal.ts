/** The normal distribution. */
import cdf from '@stdlib/stats-base-dists-normal-cdf'
import quantile from '@stdlib/stats-base-dists-normal-quantile'

/** Standard deviations from the mean to either end of the 95% and 80% intervals. */
export const Z_95 = 1.96
export const Z_80 = 1.2816

/** The probability of a value of at most `x`. */
export const normalCdf = (x: number, mean = 0, deviation = 1): number => cdf(x, mean, deviation)

/** The quantile of the standard normal distribution, in standard deviations from the mean. */
export const normalQuantile = (probability: number): number => quantile(probability, 0, 1)

/** E[θ; θ > least] of a normal θ; with `least` 0 the expected improvement of Mockus (1978). */
export function partialExpectation(mean: number, deviation: number, least = 0): number {
  const z = (mean - least) / deviation
  return mean * normalCdf(z) + (deviation * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)
}
