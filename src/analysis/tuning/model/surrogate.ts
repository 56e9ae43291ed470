/** One metric's model: a few posteriors, averaged over samples of its parameters. */
import type { RandomSource } from '../../statistics/random.ts'
import type { Dimension } from '../space/dimension.ts'
import { createPosterior, type KnobDistances, type Prediction } from './posterior.ts'
import type { ModelParameters, ParameterPrior } from './prior.ts'
import { sampleParameters } from './sampler.ts'
import type { TrainingData } from './training-data.ts'

export interface Surrogate {
  predictNear(
    base: readonly KnobDistances[],
    features: Float64Array,
  ): (changes: readonly KnobDistances[], features: Float64Array) => Prediction[]
  /** The start of the next random walk through the parameters. */
  parameters: ModelParameters
}

export function fitSurrogate(
  data: TrainingData,
  dimensions: readonly Dimension[],
  prior: ParameterPrior,
  start: ModelParameters,
  random: RandomSource,
): Surrogate {
  const sampled = sampleParameters(data, dimensions, prior, start, random)
  const members = sampled.map((each) => createPosterior(data, dimensions, each))
  return {
    parameters: sampled.at(-1)!.parameters,
    predictNear(base, baseFeatures) {
      const each = members.map((member) => member(base, baseFeatures))
      return (changes, features) => each.map((predict) => predict(changes, features))
    },
  }
}

export function mixture(predictions: readonly Prediction[]): Pick<Prediction, 'mean' | 'variance'> {
  const count = predictions.length
  let mean = 0
  let square = 0
  for (const each of predictions) {
    mean += each.mean / count
    square += (each.variance + each.mean ** 2) / count
  }
  return { mean, variance: square - mean ** 2 }
}
