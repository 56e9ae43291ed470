/** The posterior of a metric after the measurements, for one set of parameters. */

import { dotProduct, solveLower, solveUpper } from '../../statistics/cholesky.ts'
import type { Dimension } from '../space/dimension.ts'
import { additiveCovariance, logistic } from './kernel.ts'
import { createParameterLayout } from './prior.ts'
import type { ParameterSample } from './sampler.ts'
import type { TrainingData } from './training-data.ts'

export interface Prediction {
  mean: number
  variance: number
  /** Variance of the difference from the base: close by it is small, however little is known about either. */
  differenceVariance: number
}

/** The distances of each measured point, and of the base, from a value of one knob. */
export interface KnobDistances {
  knob: number
  distances: Float64Array
  fromBase: number
}

/** The features of a point, and their products with those of each measured point. */
export interface PointFeatures {
  values: Float64Array
  products: Float64Array
}

export interface Posterior {
  /** The mean at each measured point, in its own task. */
  fitted: Float64Array
  /** Predicts task 0 near a base, given its distances in every knob: the cost of a point depends only on the knobs in which it differs. */
  predictNear(
    base: readonly KnobDistances[],
    features: PointFeatures,
  ): (changes: readonly KnobDistances[], features: PointFeatures) => Prediction
}

export function createPosterior(
  { tasks, residuals, noise, levels }: TrainingData,
  dimensions: readonly Dimension[],
  sampled: ParameterSample,
): Posterior {
  const { parameters, factor } = sampled
  const n = tasks.length
  const at = createParameterLayout(dimensions.length)
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

  function predictNear(base: readonly KnobDistances[], { values: baseFeatures, products: baseProducts }: PointFeatures) {
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

    /** Fills `covariances` with those of a point and the measurements, solves for them, and returns the mean. */
    function project(changes: readonly KnobDistances[], products: Float64Array): number {
      sum.set(baseSum)
      squares.set(baseSquares)
      for (const change of changes) {
        shift(sum, squares, own[change.knob]!, -1)
        covary(change, z)
        shift(sum, squares, z, 1)
      }
      for (let i = 0; i < n; i++) {
        const k = additiveCovariance(sum[i]!, squares[i]!, interaction) + products[i]!
        covariances[i] = tasks[i] === 0 ? k + levels.own : k * kinship
      }
      const mean = dotProduct(covariances, 0, weights, 0, n)
      solveLower(factor, n, covariances)
      return mean
    }

    const one = { distance: new Float64Array(1), covariance: new Float64Array(1) }
    function covarianceWithBase(changes: readonly KnobDistances[], features: Float64Array): number {
      let [sum, squares] = [total, squared]
      for (const { knob, fromBase } of changes) {
        one.distance[0] = fromBase
        dimensions[knob]!.covary(one.distance, variances[knob]!, lengthscales[knob]!, one.covariance)
        sum += one.covariance[0]! - variances[knob]!
        squares += one.covariance[0]! ** 2 - variances[knob]! ** 2
      }
      const prior = levels.own + additiveCovariance(sum, squares, interaction) + dotAll(features, baseFeatures)
      return prior - dotProduct(covariances, 0, projectedBase, 0, n)
    }

    project([], baseProducts)
    const projectedBase = covariances.slice()
    const baseVariance = prior + dotAll(baseFeatures, baseFeatures) - dotAll(projectedBase, projectedBase)
    return (changes: readonly KnobDistances[], { values: features, products }: PointFeatures): Prediction => {
      const mean = project(changes, products)
      const variance = Math.max(LEAST, prior + dotAll(features, features) - dotAll(covariances, covariances))
      const difference = variance + baseVariance - 2 * covarianceWithBase(changes, features)
      return { mean, variance, differenceVariance: Math.max(LEAST, difference) }
    }
  }
  // The part of each residual that the noise leaves: K (K + N)⁻¹ r = r − N (K + N)⁻¹ r.
  return { fitted: weights.map((weight, i) => residuals[i]! - noise[i]! * weight), predictNear }
}

/** Minimum variance, against rounding. */
const LEAST = 1e-9

const dotAll = (a: Float64Array, b: Float64Array) => dotProduct(a, 0, b, 0, a.length)

function shift(sum: Float64Array, squares: Float64Array, z: Float64Array, sign: number) {
  for (let i = 0; i < z.length; i++) {
    sum[i] = sum[i]! + sign * z[i]!
    squares[i] = squares[i]! + sign * z[i]! * z[i]!
  }
}
