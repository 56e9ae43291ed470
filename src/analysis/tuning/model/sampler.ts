/** Draws parameters from their posterior: a random walk that changes one knob's parameters at a time (Metropolis within Gibbs). */

import { dotProduct, factorize, solveLower } from '../../statistics/cholesky.ts'
import type { RandomSource } from '../../statistics/random.ts'
import { clamp } from '../../statistics/summaries.ts'
import type { Dimension } from '../space/dimension.ts'
import { additiveCovariance, logistic } from './kernel.ts'
import { createParameterLayout, type ModelParameters, type ParameterPrior } from './prior.ts'
import type { TrainingData } from './training-data.ts'

/** Numbers of parameter samples kept, thinned from the second half of the walk; predictions are averaged over them. */
const MAX_KEPT = 16
const MIN_KEPT = 3
/**
 * Budget of a prediction: with many measurements fewer samples are kept. The first trials need most of them: a risk that is judged by few
 * samples is underestimated by the search for the most promising change.
 */
const PREDICTION_WORK = 13_000
/** The cost of a prediction grows with the square of the number of measurements, but from about this many on. */
const FIXED_WORK = 30
const STEPS = 1000
/** Budget of one call, in multiplications: with many measurements there are fewer steps. */
const WORK = 3e6
/** Size of a step, in standard deviations of the prior. */
const STRIDE = 0.9

export interface ParameterSample {
  parameters: ModelParameters
  /** Cholesky factor of the measurements' covariance. */
  factor: Float64Array
}

export function sampleParameters(
  data: TrainingData,
  dimensions: readonly Dimension[],
  prior: ParameterPrior,
  start: ModelParameters,
  random: RandomSource,
): ParameterSample[] {
  const walk = createWalk(data, dimensions, prior, start)
  const n = data.points.length
  const affordable = Math.round(WORK / (n * n * (n / 6 + 8)))
  const kept = clamp(Math.floor(PREDICTION_WORK / (n * (n + FIXED_WORK))), MIN_KEPT, MAX_KEPT)
  const thinning = Math.max(2, Math.floor(Math.min(STEPS, affordable) / (2 * kept)))
  for (let step = 0; step < kept * thinning; step++) walk.step(random)
  return Array.from({ length: kept }, () => {
    for (let step = 0; step < thinning; step++) walk.step(random)
    return walk.present()
  })
}

function createWalk(
  { points, tasks, features, residuals, noise, levels }: TrainingData,
  dimensions: readonly Dimension[],
  prior: ParameterPrior,
  start: ModelParameters,
) {
  const n = points.length
  const d = dimensions.length
  const at = createParameterLayout(d)
  const current = [...start]
  const distances = dimensions.map((dimension, knob) =>
    pairs(n, (i, j) => dimension.distance(points[i]![knob]!, points[j]![knob]!)),
  )
  const related = pairs(n, (i, j) => (tasks[i] === tasks[j] ? 1 : 0))
  const fixed = pairs(n, (i, j) => dotProduct(features[i]!, 0, features[j]!, 0, features[i]!.length))
  const own = dimensions.map((_, knob) => covariance(knob, current))
  const sum = new Float64Array(own[0]?.length ?? 0)
  const squares = new Float64Array(sum.length)
  for (const each of own) add(each, 1)
  const matrix = new Float64Array(n * n)
  const scratch = new Float64Array(n)
  let density = logDensity(current)

  function covariance(knob: number, parameters: ModelParameters, into = new Float64Array(distances[knob]!.length)) {
    const variance = Math.exp(2 * parameters[at.deviation(knob)]!)
    const lengthscale = Math.exp(parameters[at.lengthscale(knob)]!)
    dimensions[knob]!.covary(distances[knob]!, variance, lengthscale, into)
    return into
  }

  function add(each: Float64Array, sign: number) {
    for (let p = 0; p < each.length; p++) {
      const z = each[p]!
      sum[p] = sum[p]! + sign * z
      squares[p] = squares[p]! + sign * z * z
    }
  }

  function logDensity(parameters: ModelParameters): number {
    const interaction = Math.exp(parameters[at.interaction]!)
    const kinship = logistic(parameters[at.kinship]!)
    for (let i = 0, p = 0; i < n; i++) {
      for (let j = 0; j <= i; j++, p++) {
        const k = additiveCovariance(sum[p]!, squares[p]!, interaction) + fixed[p]!
        matrix[i * n + j] = related[p] ? k + (tasks[i] === 0 ? levels.own : levels.other) : k * kinship
      }
      matrix[i * n + i]! += noise[i]!
    }
    if (!factorize(matrix, n)) return -Infinity
    scratch.set(residuals)
    solveLower(matrix, n, scratch)
    let result = 0
    for (let i = 0; i < n; i++) result -= 0.5 * scratch[i]! ** 2 + Math.log(matrix[i * n + i]!)
    result += logPrior(parameters, prior, d)
    return result
  }

  const shared = tasks.some((task) => task !== 0) ? [at.interaction, at.kinship] : [at.interaction]
  /** One step in four changes all knobs' effects together. */
  const together = Math.ceil(d / 3)
  const proposedOwn = new Float64Array(sum.length)

  function changeTogether(random: RandomSource) {
    const by = prior.shared * random.normal()
    const proposed = current.map((value, k) => (k < d ? value + by * prior.spread[k]! : value))
    const before = own.map((each) => each.slice())
    const replaceOwn = (of: (knob: number) => Float64Array) => {
      sum.fill(0)
      squares.fill(0)
      own.forEach((into, knob) => {
        into.set(of(knob))
        add(into, 1)
      })
    }
    replaceOwn((knob) => covariance(knob, proposed, proposedOwn))
    const other = logDensity(proposed)
    if (Math.log(1 - random.uniform()) < other - density) {
      density = other
      for (let k = 0; k < current.length; k++) current[k] = proposed[k]!
    } else replaceOwn((knob) => before[knob]!)
  }

  return {
    present(): ParameterSample {
      logDensity(current)
      return { parameters: [...current], factor: matrix.slice() }
    },
    step(random: RandomSource) {
      const which = random.below(d + shared.length + together) - together
      if (which < 0) return changeTogether(random)
      const knob = which < d ? which : undefined
      const proposed = [...current]
      for (const k of knob === undefined ? [shared[which - d]!] : [at.deviation(knob), at.lengthscale(knob)])
        proposed[k]! += STRIDE * prior.spread[k]! * random.normal()
      if (knob !== undefined) {
        covariance(knob, proposed, proposedOwn)
        add(own[knob]!, -1)
        add(proposedOwn, 1)
      }
      const other = logDensity(proposed)
      if (Math.log(1 - random.uniform()) < other - density) {
        density = other
        for (let k = 0; k < current.length; k++) current[k] = proposed[k]!
        if (knob !== undefined) own[knob]!.set(proposedOwn)
      } else if (knob !== undefined) {
        add(proposedOwn, -1)
        add(own[knob]!, 1)
      }
    },
  }
}

/** The logarithm of the prior density, up to a constant; the deviations of the `d` knobs are correlated. */
function logPrior(parameters: ModelParameters, { mean, spread, shared }: ParameterPrior, d: number): number {
  const z = parameters.map((value, k) => (value - mean[k]!) / spread[k]!)
  const sum = z.slice(0, d).reduce((all, each) => all + each, 0)
  const squares = z.reduce((all, each) => all + each * each, 0)
  // The inverse of the identity plus a matrix of rank one (Sherman & Morrison 1950).
  return -0.5 * (squares - (shared ** 2 * sum * sum) / (1 + d * shared ** 2))
}

/** One value for each pair i ≥ j, by rows of the lower triangle. */
function pairs(n: number, of: (i: number, j: number) => number): Float64Array {
  const all = new Float64Array((n * (n + 1)) / 2)
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j <= i; j++, p++) all[p] = of(i, j)
  return all
}
