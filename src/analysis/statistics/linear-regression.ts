import { factorize, solveLower, solveUpper } from './cholesky.ts'

/** One observation of a linear model: y = Σ xᵢ · βᵢ + noise. */
export interface LinearObservation {
  /** One number for each coefficient. */
  x: readonly number[]
  y: number
  /** Variance of the noise, above 0. */
  variance: number
}

/** The posterior of one coefficient β, in units of y per unit of x. */
export interface Coefficient {
  mean: number
  standardDeviation: number
}

/**
 * The posterior of a Bayesian linear regression with independent normal priors around 0, which shrink estimates from few observations
 * (Lindley & Smith 1972; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 14.8). The means are those of ridge regression: with
 * the same variance for all observations, least squares with the ridge variance / deviation² (Hoerl & Kennard 1970).
 * @param deviation of the prior, in units of y per unit of x
 */
export function fitLinearModel(size: number, deviation: number, observations: readonly LinearObservation[]): Coefficient[] {
  // Of the posterior: lower triangle, by rows.
  const precision = new Float64Array(size * size)
  const mean = new Float64Array(size)
  for (let i = 0; i < size; i++) precision[i * size + i] = 1 / deviation ** 2
  for (const { x, y, variance } of observations) {
    for (let i = 0; i < size; i++) {
      const weight = x[i]! / variance
      if (weight === 0) continue
      mean[i]! += weight * y
      for (let j = 0; j <= i; j++) precision[i * size + j]! += weight * x[j]!
    }
  }
  factorize(precision, size)
  solveLower(precision, size, mean)
  solveUpper(precision, size, mean)
  return Array.from(mean, (value, i) => ({ mean: value, standardDeviation: deviationOf(precision, size, i) }))
}

/** Square root of the i-th variance of the distribution whose precision has this factor: var = Σ (L⁻¹ eᵢ)². */
function deviationOf(factor: Float64Array, size: number, i: number): number {
  const column = new Float64Array(size)
  column[i] = 1
  solveLower(factor, size, column)
  return Math.hypot(...column)
}
