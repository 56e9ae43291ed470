/** The posterior of a metric after the measurements, for one set of parameters. */

import { dot, solveLower, solveUpper } from '../../statistics/cholesky.ts'
import type { Dimension } from '../space/dimension.ts'
import { additiveCovariance, logistic } from './kernel.ts'
import { parameterLayout } from './prior.ts'
import type { ParameterSample } from './sampler.ts'
import type { TrainingData } from './training-data.ts'

export interface Prediction {
  mean: number
  variance: number
}

/** The distance of each measured point from a value of one knob. */
export interface KnobDistances {
  knob: number
  distances: Float64Array
}

/** Predicts task 0 near a base, given its distances in every knob: the cost of a point depends only on the knobs in which it differs. */
export type Posterior = (
  base: readonly KnobDistances[],
) => (changes: readonly KnobDistances[], features: Float64Array) => Prediction

export function createPosterior(
  { tasks, features: known, residuals, levels }: TrainingData,
  dimensions: readonly Dimension[],
  sampled: ParameterSample,
): Posterior {
  const { parameters, factor } = sampled
  const n = tasks.length
  const at = parameterLayout(dimensions.length)
  const interaction = Math.exp(parameters[at.interaction]!)
  const kinship = logistic(parameters[at.kinship]!)
  const variances = dimensions.map((_, knob) => Math.exp(2 * parameters[at.deviation(knob)]!))
  const lengthscales = dimensions.map((_, knob) => Math.exp(parameters[at.lengthscale(knob)]!))
  const total = variances.reduce((sum, v) => sum + v, 0)
  const squared = variances.reduce((sum, v) => sum + v * v, 0)
  const prior = levels.own + additiveCovariance(total, squared, interaction)
  const weights = Float64Array.from(residuals)
  solveLower(factor, n, weights)
  solveUpper(factor, n, weights)

  const covary = ({ knob, distances }: KnobDistances, into: Float64Array) =>
    dimensions[knob]!.covary(distances, variances[knob]!, lengthscales[knob]!, into)

  return (base) => {
    const own = base.map((each) => {
      const z = new Float64Array(n)
      covary(each, z)
      return z
    })
    const baseSum = new Float64Array(n)
    const baseSquares = new Float64Array(n)
    for (const z of own) shift(baseSum, baseSquares, z, 1)
    const [sum, squares, z, covariances] = Array.from({ length: 4 }, () => new Float64Array(n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    return (changes, features) => {
      sum.set(baseSum)
      squares.set(baseSquares)
      for (const change of changes) {
        shift(sum, squares, own[change.knob]!, -1)
        covary(change, z)
        shift(sum, squares, z, 1)
      }
      for (let i = 0; i < n; i++) {
        const k = additiveCovariance(sum[i]!, squares[i]!, interaction) + dot(known[i]!, 0, features, 0, features.length)
        covariances[i] = tasks[i] === 0 ? k + levels.own : k * kinship
      }
      const mean = dot(covariances, 0, weights, 0, n)
      solveLower(factor, n, covariances)
      return {
        mean,
        variance: Math.max(1e-9, prior + dot(features, 0, features, 0, features.length) - dot(covariances, 0, covariances, 0, n)),
      }
    }
  }
}

function shift(sum: Float64Array, squares: Float64Array, z: Float64Array, sign: number) {
  for (let i = 0; i < z.length; i++) {
    sum[i] = sum[i]! + sign * z[i]!
    squares[i] = squares[i]! + sign * z[i]! * z[i]!
  }
}
