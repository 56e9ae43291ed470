import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { mean, quantile, variance } from '../statistics/summaries.ts'
import { autocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'
import type { EffectEstimate } from './effect.ts'
import { estimatePairedNoise, MIN_DEGREES_OF_FREEDOM } from './paired-noise.ts'
import { estimateShrunkEffect, type NoisyValue, type ShrinkagePriors } from './shrinkage.ts'

/** On the log scale. */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.02, large: 0.17, probability: 0.75 },
  shocks: { small: 0.03, large: 0.5, probability: 0.92 },
}
const ORDER = 2
/**
 * Values above this multiple of the 99th percentile of both arms count as that much: a single one must not decide. A value
 * that a quarter of its arm reaches is no outlier: a change that multiplies a cost is measured in full.
 */
const OUTLIER = 5
const COMMON = 0.75

/**
 * Effect on the mean of a quantity of 0 or more, whose total is what matters, such as a cost: difference in differences of the logs of
 * means, so that zeros, ties and costly exceptions all count with what they add up to. The noise of a log of a mean is that of the mean
 * relative to it (delta method).
 * @param sign 1 if more is worse, −1 if less is
 */
export function fitMeanRatio(history: ArmSamples, sign: 1 | -1): (since: ArmSamples) => EffectEstimate {
  const past = capOutliers(history, history)
  const usual = { control: mean(past.control), candidate: mean(past.candidate) }
  if (!(usual.control > 0 && usual.candidate > 0)) return (since) => estimateMeanRatio(since, sign)
  const score = (arm: Arm) => past[arm].map((value) => value / usual[arm])
  const series = (arm: Arm) => ({ at: history[arm].map(({ at }) => at), score: score(arm) })
  const paired = estimatePairedNoise(series('control'), series('candidate'), ORDER)
  const spread = { control: variance(score('control')), candidate: variance(score('candidate')) }
  const levels = {
    control: { value: sign * Math.log(usual.control), noise: paired.control.ofHistory },
    candidate: { value: sign * Math.log(usual.candidate), noise: paired.candidate.ofHistory },
  }
  const small = Math.sqrt(BELIEFS.shocks.small ** 2 + paired.common)
  const beliefs = { ...BELIEFS, shocks: { ...BELIEFS.shocks, small } }
  return (since) => {
    const capped = capOutliers(since, history)
    const size = meanSize(past)
    const moved = (arm: Arm): NoisyValue => {
      const { level, relativeVariance } = describeMean(capped[arm], size)
      const n = capped[arm].length
      // A variance estimate scatters; only one clearly above the history's counts as noisier.
      const allowance = 1 + 2 * Math.sqrt((2 * paired.noise.scatter) / Math.max(n, 8))
      const excess = Math.max(1, relativeVariance / Math.max(spread[arm], 1e-9) / allowance)
      // Where the history hardly varied, its noise says nothing about values that do.
      const noise = Math.max(paired[arm].ofMean(n) * excess, spread[arm] < 1e-9 ? relativeVariance / n : 0)
      return { value: sign * Math.log(level / usual[arm]), noise }
    }
    const moves = { control: moved('control'), candidate: moved('candidate') }
    return estimateShrunkEffect({ before: levels, since: moves }, beliefs, paired.degrees)
  }
}

/** The same without a history: noise is estimated from the arms themselves, and instances are assumed to be alike. */
export function estimateMeanRatio(since: ArmSamples, sign: 1 | -1): EffectEstimate {
  const capped = capOutliers(since, since)
  const size = meanSize(capped)
  const measured = (arm: Arm): NoisyValue => {
    const { level, relativeVariance } = describeMean(capped[arm], size)
    const deviations = capped[arm].map((value) => value / level - 1)
    const noise = fitAutoregressiveNoise(autocovariances(deviations, 1)).ofMean(deviations.length)
    return { value: sign * Math.log(level), noise: Math.max(noise, relativeVariance / deviations.length) }
  }
  return estimateShrunkEffect(
    { before: null, since: { control: measured('control'), candidate: measured('candidate') } },
    BELIEFS,
    Math.max(MIN_DEGREES_OF_FREEDOM, Math.min(since.control.length, since.candidate.length) - 2),
  )
}

/** Whether there is anything to compare: an arm with a value above 0. */
export const hasMean = ({ control, candidate }: ArmSamples) => [...control, ...candidate].some(({ value }) => value > 0)

/**
 * The mean and the variance of a value relative to the squared mean. Values that are all 0 have no logarithm: they count as half a
 * value of usual size, with the noise of one.
 */
function describeMean(values: readonly number[], usualSize: number): { level: number; relativeVariance: number } {
  const average = mean(values)
  if (average <= 0) return { level: (0.5 * usualSize) / values.length, relativeVariance: values.length }
  return { level: average, relativeVariance: variance(values, 1) / average ** 2 }
}

/** The mean of all values above 0. */
const meanSize = (values: Record<Arm, number[]>) => mean([...values.control, ...values.candidate].filter((value) => value > 0))

function capOutliers(samples: ArmSamples, history: ArmSamples): Record<Arm, number[]> {
  const values = (list: readonly Sample[]) => list.map(({ value }) => value)
  const pooled = [
    ...values(samples.control),
    ...values(samples.candidate),
    ...values(history.control),
    ...values(history.candidate),
  ]
  const usual = quantile(pooled, 0.99)!
  const capped = (arm: readonly number[]) => {
    const cap = OUTLIER * Math.max(usual, quantile(arm, COMMON) ?? 0) || Number.POSITIVE_INFINITY
    return arm.map((value) => Math.min(value, cap))
  }
  return { control: capped(values(samples.control)), candidate: capped(values(samples.candidate)) }
}
