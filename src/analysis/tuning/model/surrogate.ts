/** One metric's model: a few posteriors, averaged over what its parameters may be. */
import type { Random } from '../../statistics/random.ts'
import type { Dimension } from '../space/dimension.ts'
import type { Data } from './data.ts'
import { type Change, type Prediction, posterior } from './posterior.ts'
import type { Parameters, Prior } from './prior.ts'
import { sampleParameters } from './sampler.ts'

export interface Surrogate {
  near(base: readonly Change[]): (changes: readonly Change[]) => Prediction
  /** Where the next walk through the parameters begins. */
  parameters: Parameters
}

export function learn(data: Data, dimensions: readonly Dimension[], prior: Prior, start: Parameters, random: Random): Surrogate {
  const sampled = sampleParameters(data, dimensions, prior, start, random)
  const members = sampled.map((each) => posterior(data, dimensions, each))
  return {
    parameters: sampled.at(-1)!.parameters,
    near(base) {
      const each = members.map((member) => member(base))
      return (changes) => mixture(each.map((predict) => predict(changes)))
    },
  }
}

function mixture(predictions: readonly Prediction[]): Prediction {
  const count = predictions.length
  let mean = 0
  let square = 0
  for (const each of predictions) {
    mean += each.mean / count
    square += (each.variance + each.mean ** 2) / count
  }
  return { mean, variance: square - mean ** 2 }
}
