/**
 * The covariance of a metric at two configurations: each knob's own effect plus the interaction of each pair (additive Gaussian
 * processes of order two, Duvenaud et al. 2011), by the power sums of the knobs' own covariances.
 */

/** Computed from the sum and the sum of squares of the knobs' covariances. */
export function additiveCovariance(sum: number, squares: number, interaction: number): number {
  return sum + (interaction * (sum * sum - squares)) / 2
}

export const logistic = (x: number) => 1 / (1 + Math.exp(-x))
