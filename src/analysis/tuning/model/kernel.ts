/**
 * How alike a metric is at two configurations: what each knob does alone, plus what each pair does together (additive
 * Gaussian processes of order two, Duvenaud et al. 2011), by the power sums of the knobs' own covariances.
 */

/** From the sum and the sum of squares of the knobs' covariances. */
export function additiveCovariance(sum: number, squares: number, interaction: number): number {
  return sum + (interaction * (sum * sum - squares)) / 2
}

export const logistic = (x: number) => 1 / (1 + Math.exp(-x))
