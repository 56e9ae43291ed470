import { averageEffects, type EffectEstimate, type WeightedEstimate } from './effect.ts'

/** A value and the variance of its noise. */
export interface NoisyValue {
  value: number
  noise: number
}

/** Levels of both arms, on a scale on which noise is normal: before (null without history), and how far they have moved since. */
export interface ArmLevels {
  before: { control: NoisyValue; candidate: NoisyValue } | null
  since: { control: NoisyValue; candidate: NoisyValue }
}

/** A prior spread: one of two standard deviations, the large one with this probability. */
export interface SpreadPrior {
  small: number
  large: number
  probability: number
}

export interface ShrinkagePriors {
  /** Inherent differences between instances. */
  instances: SpreadPrior
  /** Shocks: movements of both arms by conditions that change during the trial. */
  shocks: SpreadPrior
}

/** Side effects of applying a change (restarts, cold caches) slow both arms; a shock rarely makes both faster. */
const PROBABILITY_OF_LARGE_RELIEF = 0.3

/**
 * The effect of the change on the candidate: its move since the change, less the move expected from how the instances differed
 * before and from how the control moved in the meantime, by best linear prediction (kriging). The weight of each depends on how unlike
 * instances are and how large shocks are, which is estimated from those two deviations alone; the candidate's own outcome does not
 * influence it.
 */
export function estimateShrunkEffect(levels: ArmLevels, priors: ShrinkagePriors, degrees: number): EffectEstimate {
  return averageEffects(estimateConditionalEffects(levels, priors), degrees)
}

/** The effect if each combination of spreads is true, and how likely that is. */
export function estimateConditionalEffects(levels: ArmLevels, { instances, shocks }: ShrinkagePriors): WeightedEstimate[] {
  const probability = levels.since.control.value > 0 ? shocks.probability : PROBABILITY_OF_LARGE_RELIEF
  return possibilities(instances).flatMap((instance) =>
    possibilities({ ...shocks, probability }).map((shock) => {
      const { value, variance, logLikelihood } = predict(levels, instance.variance, shock.variance)
      return { value, variance, logWeight: Math.log(instance.probability * shock.probability) + logLikelihood }
    }),
  )
}

function possibilities({ small, large, probability }: SpreadPrior) {
  return [
    { variance: small ** 2, probability: 1 - probability },
    { variance: large ** 2, probability },
  ]
}

function predict({ before, since: { control, candidate } }: ArmLevels, instance: number, shock: number) {
  if (!before) {
    const variance = control.noise + candidate.noise + instance
    return { value: candidate.value - control.value, variance, logLikelihood: 0 }
  }
  const difference = before.candidate.value - before.control.value
  const a = before.candidate.noise + before.control.noise + instance
  const b = before.control.noise + control.noise + shock
  const d = before.control.noise
  const determinant = a * b - d * d
  const onDifference = (-b * before.candidate.noise - d * shock) / determinant
  const onMove = (a * shock + d * before.candidate.noise) / determinant
  const misfit = (b * difference ** 2 - 2 * d * difference * control.value + a * control.value ** 2) / determinant
  return {
    value: candidate.value - onDifference * difference - onMove * control.value,
    variance: before.candidate.noise + candidate.noise + shock + onDifference * before.candidate.noise - onMove * shock,
    logLikelihood: -(Math.log(determinant) + misfit) / 2,
  }
}
