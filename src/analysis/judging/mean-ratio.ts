import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { mean, quantile, variance } from '../statistics/summaries.ts'
import { computeAutocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'
import type { EffectEstimate } from './effect.ts'
import { computeSharedStratumShares, computeStratumShares, createStandardizer, type StratumShares } from './mix.ts'
import { estimatePairedNoise, MIN_DEGREES_OF_FREEDOM } from './paired-noise.ts'
import { countSamplesForVariance } from './sample-size.ts'
import { estimateShrunkEffect, type NoisyValue, type ShrinkagePriors } from './shrinkage.ts'

/** On the log scale. */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.02, large: 0.17, probability: 0.75 },
  shocks: { small: 0.03, large: 0.5, probability: 0.92 },
}
const ORDER = 2
/**
 * Values above this multiple of the 99th percentile of both arms count as that much, or as little if they are signed: a single one must not
 * decide. A value that a quarter of its arm reaches is not an outlier: a change that multiplies a cost is measured in full.
 */
const OUTLIER = 5
const COMMON = 0.75
/** Standard errors that a mean of signed values must be above 0 to have a logarithm. */
const CLEARLY = 3
/** The noise of a level that nothing is known of, on the log scale. */
const UNKNOWN = 1e4

/**
 * Effect on the mean of a quantity of 0 or more, whose total is what matters, such as a cost: difference in differences of the logs of
 * means, so that zeros, ties and costly exceptions all count with what they add up to. The noise of a log of a mean is that of the mean
 * relative to it (delta method). If samples say what their values are per, such as successes, the ratio of both sums is compared (the ratio
 * estimator; Cochran 1977, ch. 6). Arms with another mix of strata are compared as if they had the candidate's.
 * @param sign 1 if more is worse, −1 if less is
 */
export function fitMeanRatio(history: ArmSamples, sign: 1 | -1): (since: ArmSamples) => EffectEstimate {
  const past = capOutliers(history, history)
  const arms = [past.control, past.candidate]
  if (!arms.every((arm) => arm.some(isPositive) && hasLogarithm(arm))) return (since) => estimateMeanRatio(since, sign)
  const usual = findUsualSizes(past)
  const plain = {
    control: describeMean(past.control, computeStratumShares(past.control), usual),
    candidate: describeMean(past.candidate, computeStratumShares(past.candidate), usual),
  }
  const series = (arm: Arm) => ({ at: history[arm].map(({ at }) => at), score: plain[arm].influences })
  const paired = estimatePairedNoise(series('control'), series('candidate'), ORDER)
  const spread = { control: variance(plain.control.influences), candidate: variance(plain.candidate.influences) }
  const pastMeans = { control: standardizeRatio(past.control, usual), candidate: standardizeRatio(past.candidate, usual) }
  const small = Math.sqrt(BELIEFS.shocks.small ** 2 + paired.common)
  const beliefs = { ...BELIEFS, shocks: { ...BELIEFS.shocks, small } }
  return (since) => {
    const capped = capOutliers(since, history)
    const present = { control: createStandardizer(since.control), candidate: createStandardizer(since.candidate) }
    const mix = computeSharedStratumShares(present.candidate, [pastMeans.control, pastMeans.candidate, present.control])
    const before = (arm: Arm): NoisyValue => {
      const { ratio, count } = pastMeans[arm].to(mix)
      return { value: sign * Math.log(ratio), noise: (paired[arm].ofHistory * past[arm].length) / count }
    }
    const levels = { control: before('control'), candidate: before('candidate') }
    const moved = (arm: Arm): NoisyValue => {
      const { level, relativeVariance, count } = describeMean(capped[arm], mix, usual)
      const n = capped[arm].length
      // A variance estimate scatters; only one clearly above the history's counts as noisier.
      const allowance = 1 + 2 * Math.sqrt((2 * paired.noise.scatter) / Math.max(n, 8))
      const excess = Math.max(1, relativeVariance / Math.max(spread[arm], 1e-9) / allowance)
      // Where the history hardly varied, its noise says nothing about values that do.
      const noise = Math.max(paired[arm].ofMean(n) * excess, spread[arm] < 1e-9 ? relativeVariance / n : 0)
      return { value: sign * Math.log(level) - levels[arm].value, noise: (noise * n) / count }
    }
    const moves = { control: moved('control'), candidate: moved('candidate') }
    return estimateShrunkEffect({ before: levels, since: moves }, beliefs, paired.degrees)
  }
}

/** The same without a history: noise is estimated from the arms themselves, and instances are assumed to be alike. */
export function estimateMeanRatio(since: ArmSamples, sign: 1 | -1): EffectEstimate {
  const capped = capOutliers(since, since)
  const usual = findUsualSizes(capped)
  const mix = computeSharedStratumShares(createStandardizer(since.candidate), [createStandardizer(since.control)])
  const measured = (arm: Arm): NoisyValue => {
    const { level, relativeVariance, influences, count } = describeMean(capped[arm], mix, usual)
    const n = influences.length
    const noise = fitAutoregressiveNoise(computeAutocovariances(influences, 1)).ofMean(n)
    return { value: sign * Math.log(level), noise: (Math.max(noise, relativeVariance / n) * n) / count }
  }
  return estimateShrunkEffect(
    { before: null, since: { control: measured('control'), candidate: measured('candidate') } },
    BELIEFS,
    Math.max(MIN_DEGREES_OF_FREEDOM, Math.min(since.control.length, since.candidate.length) - 2),
  )
}

/** A guardrail that is 0 throughout may be above 0 in less than this share of the executions. */
export const MAX_UNSEEN_SHARE = 0.05
/** Samples of each arm, all of them 0, that say so: at an error probability of 0.002, about that of a guardrail at one look. */
const ZEROS = Math.ceil(Math.log(0.002) / Math.log(1 - MAX_UNSEEN_SHARE))

/** The standard errors at which a guarded mean counts as harmless: later looks have less of the error probability. As simulated. */
const PROOF = 2.3

/**
 * The samples of each arm after which about half of the trials have ruled out that a mean has become worse by a share of it, if it has not.
 * @param tolerance above 0
 * @param samples as they are now
 * @returns 0 if they do not tell: of signed values, and where all are 0
 */
export function countSamplesToRuleOutWorsening(
  tolerance: number,
  direction: 'lower' | 'higher',
  samples: readonly Sample[],
): number {
  if (!samples.some(isPositive) || samples.some(({ value }) => value < 0)) return 0
  const { control } = capOutliers({ control: [...samples], candidate: [] }, { control: [], candidate: [] })
  const usual = findUsualSizes({ control, candidate: [] })
  const { relativeVariance } = describeMean(control, computeStratumShares(control), usual)
  const distance = direction === 'lower' ? Math.log1p(tolerance) : -Math.log1p(-Math.min(tolerance, 0.99))
  const needed = countSamplesForVariance((distance / PROOF) ** 2, { perValue: relativeVariance, unlike: BELIEFS.instances.large })
  const likelyNone = (1 - samples.filter(isPositive).length / samples.length) ** (2 * ZEROS) >= 0.5
  return direction === 'lower' && likelyNone ? Math.min(needed, ZEROS) : needed
}

/** Whether there is anything to compare: an arm with a value above 0. */
export const hasPositiveValues = ({ control, candidate }: ArmSamples) => [...control, ...candidate].some(isPositive)

const isPositive = ({ value }: Sample) => value > 0

/** Whether a mean has a logarithm: always, unless its values are signed and it is not clearly above 0. */
function hasLogarithm(samples: readonly Sample[]): boolean {
  if (!samples.some(({ value }) => value < 0)) return true
  const values = samples.map(({ value }) => value)
  return mean(values) > CLEARLY * Math.sqrt(variance(values, 1) / values.length)
}

/** The denominator of a value: one sample, unless the sample says otherwise. */
export const getDenominator = ({ per = 1 }: Sample) => per

/** Means above 0 of values, and of what they are per: half of one is the least that a sum counts as, where it divides or has a log. */
interface UsualSizes {
  value: number
  unit: number
}

function findUsualSizes({ control, candidate }: ArmSamples): UsualSizes {
  const samples = [...control, ...candidate]
  const meanSize = (sizes: readonly number[]) => mean(sizes.filter((size) => size > 0))
  return { value: meanSize(samples.map(({ value }) => value)), unit: meanSize(samples.map(getDenominator)) || 1 }
}

/** Means per unit with another mix of strata. */
function standardizeRatio(samples: readonly Sample[], usual: UsualSizes) {
  const { to, has } = createStandardizer(samples)
  const units = samples.some(({ per }) => per !== undefined)
    ? createStandardizer(samples.map((sample) => ({ ...sample, value: getDenominator(sample) })))
    : { to: () => ({ mean: 1 }) }
  const least = (0.5 * usual.unit) / samples.length
  return {
    has,
    to(mix: StratumShares) {
      const { mean, count } = to(mix)
      return { ratio: mean / Math.max(units.to(mix).mean, least), count }
    },
  }
}

/**
 * The mean per unit, and how much each sample moves it: its deviation relative to the mean, whose variance is the relative one of a value.
 * Values that are all 0 have no logarithm: they count as half a value of usual size, with the noise of one. Nothing is known of signed values
 * whose mean may be 0 or less: what is a small change of their total is a large one of its logarithm.
 */
function describeMean(samples: readonly Sample[], mix: StratumShares, usual: UsualSizes) {
  const { ratio, count } = standardizeRatio(samples, usual).to(mix)
  const [values, units] = [mean(samples.map(({ value }) => value)), mean(samples.map(getDenominator))]
  if (!hasLogarithm(samples))
    return {
      level: usual.value,
      relativeVariance: UNKNOWN * samples.length,
      influences: samples.map(() => 0),
      count,
    }
  if (values <= 0) {
    const level = (0.5 * usual.value) / samples.length / Math.max(units, (0.5 * usual.unit) / samples.length)
    return { level, relativeVariance: samples.length, influences: samples.map(() => 0), count }
  }
  const influences = samples.map((sample) => sample.value / values - (units > 0 ? getDenominator(sample) / units : 1))
  return { level: ratio, relativeVariance: variance(influences, 1), influences, count }
}

function capOutliers(samples: ArmSamples, history: ArmSamples): ArmSamples {
  const values = (list: readonly Sample[]) => list.map(({ value }) => Math.abs(value))
  const pooled = [
    ...values(samples.control),
    ...values(samples.candidate),
    ...values(history.control),
    ...values(history.candidate),
  ]
  const usual = quantile(pooled, 0.99)!
  const capped = (arm: readonly Sample[]) => {
    const cap = OUTLIER * Math.max(usual, quantile(values(arm), COMMON) ?? 0) || Number.POSITIVE_INFINITY
    return arm.map((sample) => (Math.abs(sample.value) > cap ? shrink(sample, cap / Math.abs(sample.value)) : sample))
  }
  return { control: capped(samples.control), candidate: capped(samples.candidate) }
}

/** A part of a sample: of a ratio, of both sums. */
const shrink = ({ per, ...sample }: Sample, share: number): Sample => ({
  ...sample,
  value: share * sample.value,
  ...(per !== undefined && { per: share * per }),
})
