import { averageEffects, type EffectEstimate } from './effect.ts'

/** Value and variance of its noise. */
export interface NoisyValue {
  value: number
  noise: number
}

/** Levels of both arms, on a scale where noise is normal: before (null without history), and how far they moved since. */
export interface ArmLevels {
  before: { control: NoisyValue; candidate: NoisyValue } | null
  since: { control: NoisyValue; candidate: NoisyValue }
}

/** How far something scatters: one of two standard deviations, the large one with this prior probability. */
export interface SpreadPrior {
  small: number
  large: number
  probability: number
}

export interface ShrinkagePriors {
  /** How unlike instances are by nature. */
  instances: SpreadPrior
  /** How far conditions that change during the trial move both arms. */
  shocks: SpreadPrior
}

/** What comes with a change (restarts, cold caches) slows both arms; that both get faster at that moment is rarely a shock. */
const PROBABILITY_OF_LARGE_RELIEF = 0.3

/**
 * The effect of the change on the candidate: its move since the change, less what was to be expected of it from how the
 * instances differed before and from how the control moved meanwhile, by best linear prediction (kriging). How far to trust
 * either depends on how unlike instances are and how large shocks are, which those two deviations themselves tell; the
 * candidate's own outcome has no say in it.
 */
export function estimateShrunkEffect(levels: ArmLevels, { instances, shocks }: ShrinkagePriors, degrees: number): EffectEstimate {
  const probability = levels.since.control.value > 0 ? shocks.probability : PROBABILITY_OF_LARGE_RELIEF
  const estimates = possibilities(instances).flatMap((instance) =>
    possibilities({ ...shocks, probability }).map((shock) => {
      const { value, variance, logLikelihood } = predict(levels, instance.variance, shock.variance)
      return { value, variance, logWeight: Math.log(instance.probability * shock.probability) + logLikelihood }
    }),
  )
  return averageEffects(estimates, degrees)
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
