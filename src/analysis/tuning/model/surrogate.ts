/** One metric's model: a few posteriors, averaged over samples of its parameters. */
import { dotProduct } from '../../statistics/cholesky.ts'
import type { RandomSource } from '../../statistics/random.ts'
import { mean } from '../../statistics/summaries.ts'
import type { Dimension } from '../space/dimension.ts'
import { createPosterior, type KnobDistances, type PointFeatures, type Prediction } from './posterior.ts'
import type { ModelParameters, ParameterPrior } from './prior.ts'
import { sampleParameters } from './sampler.ts'
import type { TrainingData } from './training-data.ts'

export interface Surrogate {
  /** The mean at each measured point, in its own task. */
  fitted: number[]
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
  const compare = (values: Float64Array): PointFeatures => {
    const products = new Float64Array(data.features.length)
    data.features.forEach((known, i) => {
      products[i] = dotProduct(known, 0, values, 0, values.length)
    })
    return { values, products }
  }
  const members = sampled.map((each) => createPosterior(data, dimensions, each))
  return {
    parameters: sampled.at(-1)!.parameters,
    fitted: data.points.map((_, i) => mean(members.map(({ fitted }) => fitted[i]!))),
    predictNear(base, baseFeatures) {
      const each = members.map((member) => member.predictNear(base, compare(baseFeatures)))
      return (changes, features) => {
        const compared = compare(features)
        return each.map((predict) => predict(changes, compared))
      }
    },
  }
}

export function mixPredictions(predictions: readonly Prediction[]): Pick<Prediction, 'mean' | 'variance'> {
  const count = predictions.length
  let expected = 0
  let square = 0
  for (const each of predictions) {
    expected += each.mean / count
    square += (each.variance + each.mean ** 2) / count
  }
  return { mean: expected, variance: square - expected ** 2 }
}
