/** One observation of a linear model: y = Σ x·β + noise. */
export interface LinearObservation {
  /** Only what is not 0. */
  x: ReadonlyMap<number, number>
  y: number
  /** Variance of the noise, above 0. */
  variance: number
}

export interface Coefficient {
  mean: number
  standardDeviation: number
}

/**
 * The posterior of a Bayesian linear regression with independent normal priors around 0, which shrink what few observations say
 * (Lindley & Smith 1972; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 14.8). Computed one observation at a time
 * (recursive least squares, Plackett 1950), so no matrix is ever inverted.
 * @param deviation of the prior, in units of y per unit of x
 */
export function fitLinearModel(size: number, deviation: number, observations: readonly LinearObservation[]): Coefficient[] {
  const mean = new Float64Array(size)
  const covariance = Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size)
    row[i] = deviation ** 2
    return row
  })
  for (const { x, y, variance } of observations) {
    const toX = covariance.map((row) => sparseDot(x, row))
    const predicted = variance + sparseDot(x, toX)
    const surprise = y - sparseDot(x, mean)
    for (let i = 0; i < size; i++) {
      mean[i]! += (toX[i]! / predicted) * surprise
      const row = covariance[i]!
      for (let j = 0; j < size; j++) row[j]! -= (toX[i]! * toX[j]!) / predicted
    }
  }
  return [...mean].map((value, i) => ({ mean: value, standardDeviation: Math.sqrt(Math.max(0, covariance[i]![i]!)) }))
}

function sparseDot(x: ReadonlyMap<number, number>, values: ArrayLike<number>): number {
  let sum = 0
  for (const [index, value] of x) sum += value * values[index]!
  return sum
}
