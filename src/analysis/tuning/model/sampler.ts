/** Draws parameters from their posterior: a random walk that changes one knob's parameters at a time (Metropolis within Gibbs). */

import { factorize, solveLower } from '../../statistics/cholesky.ts'
import type { RandomSource } from '../../statistics/random.ts'
import type { Dimension } from '../space/dimension.ts'
import { additiveCovariance, logistic } from './kernel.ts'
import { type ModelParameters, type ParameterPrior, parameterLayout } from './prior.ts'
import type { TrainingData } from './training-data.ts'

/** Number of parameter samples kept, thinned from the second half of the walk; predictions are averaged over them. */
const KEPT = 3
const STEPS = 150
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
  const thinning = Math.max(2, Math.floor(Math.min(STEPS, affordable) / (2 * KEPT)))
  for (let step = 0; step < KEPT * thinning; step++) walk.step(random)
  return Array.from({ length: KEPT }, () => {
    for (let step = 0; step < thinning; step++) walk.step(random)
    return walk.present()
  })
}

function createWalk(
  { points, tasks, residuals, noise, levels }: TrainingData,
  dimensions: readonly Dimension[],
  prior: ParameterPrior,
  start: ModelParameters,
) {
  const n = points.length
  const d = dimensions.length
  const at = parameterLayout(d)
  const current = [...start]
  const distances = dimensions.map((dimension, knob) =>
    pairs(n, (i, j) => dimension.distance(points[i]![knob]!, points[j]![knob]!)),
  )
  const related = pairs(n, (i, j) => (tasks[i] === tasks[j] ? 1 : 0))
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
        const k = additiveCovariance(sum[p]!, squares[p]!, interaction)
        matrix[i * n + j] = related[p] ? k + (tasks[i] === 0 ? levels.own : levels.other) : k * kinship
      }
      matrix[i * n + i]! += noise[i]!
    }
    if (!factorize(matrix, n)) return -Infinity
    scratch.set(residuals)
    solveLower(matrix, n, scratch)
    let result = 0
    for (let i = 0; i < n; i++) result -= 0.5 * scratch[i]! ** 2 + Math.log(matrix[i * n + i]!)
    for (let k = 0; k < parameters.length; k++) result -= 0.5 * ((parameters[k]! - prior.mean[k]!) / prior.spread[k]!) ** 2
    return result
  }

  const shared = tasks.some((task) => task !== 0) ? [at.interaction, at.kinship] : [at.interaction]
  const proposedOwn = new Float64Array(sum.length)
  return {
    present(): ParameterSample {
      logDensity(current)
      return { parameters: [...current], factor: matrix.slice() }
    },
    step(random: RandomSource) {
      const which = random.below(d + shared.length)
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

/** One value for each pair i ≥ j, by rows of the lower triangle. */
function pairs(n: number, of: (i: number, j: number) => number): Float64Array {
  const all = new Float64Array((n * (n + 1)) / 2)
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j <= i; j++, p++) all[p] = of(i, j)
  return all
}
