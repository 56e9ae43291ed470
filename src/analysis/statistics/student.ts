/**
 * The quantile of Student's t, by the expansion of Fisher and Cornish (Abramowitz & Stegun 1964, 26.7.5): within 1% from four degrees of freedom
 * on, too small below.
 * @param z the same quantile of the standard normal distribution
 */
export function studentQuantile(z: number, degrees: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ]
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), z)
}
