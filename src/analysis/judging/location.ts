import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { mean, variance } from '../statistics/summaries.ts'
import { computeAutocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'
import type { EffectEstimate } from './effect.ts'
import { estimatePairedNoise, MIN_DEGREES_OF_FREEDOM } from './paired-noise.ts'
import { type ArmReferences, fitReferencesWithoutHistory } from './reference.ts'
import { estimateShrunkEffect, type ShrinkagePriors } from './shrinkage.ts'

/** On the log scale. */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.02, large: 0.17, probability: 0.75 },
  shocks: { small: 0.03, large: 0.5, probability: 0.92 },
}
const ORDER = 3

/** Effect on the typical value: difference in differences of mean clipped logs; 0.1 is about 10% more. */
export function fitLocationEffect(history: ArmSamples, references: ArmReferences) {
  const series = (arm: Arm) => ({
    at: history[arm].map((sample) => sample.at),
    score: history[arm].map(references[arm].deviation),
  })
  const before = { control: series('control'), candidate: series('candidate') }
  const paired = estimatePairedNoise(before.control, before.candidate, ORDER)
  const usual = { control: variance(before.control.score), candidate: variance(before.candidate.score) }
  const levels = {
    control: { value: references.control.level, noise: paired.control.ofHistory },
    candidate: { value: references.candidate.level, noise: paired.candidate.ofHistory },
  }
  const small = Math.sqrt(BELIEFS.shocks.small ** 2 + paired.common)
  const beliefs = { ...BELIEFS, shocks: { ...BELIEFS.shocks, small } }
  const degrees = paired.degrees

  const moved = (arm: Arm, samples: readonly Sample[]) => {
    const { move, deviations } = references[arm].measure(samples)
    // A variance estimate scatters; only one clearly above the history's counts as noisier.
    const allowance = 1 + 2 * Math.sqrt((2 * paired.noise.scatter) / Math.max(deviations.length, 8))
    const excess = Math.max(1, variance(deviations) / Math.max(usual[arm], 1e-12) / allowance)
    return { value: move, noise: paired[arm].ofMean(deviations.length) * excess }
  }
  return (since: ArmSamples): EffectEstimate => {
    const now = { control: moved('control', since.control), candidate: moved('candidate', since.candidate) }
    return estimateShrunkEffect({ before: levels, since: now }, beliefs, degrees)
  }
}

/** The same without a history: noise is estimated from the arms themselves, and instances are assumed to be alike. */
export function estimateLocationEffect(since: ArmSamples): EffectEstimate {
  const references = fitReferencesWithoutHistory(since)
  const measured = (arm: Arm) => {
    const values = since[arm].map(references[arm].clipped)
    const centre = mean(values)
    const covariances = computeAutocovariances(
      values.map((value) => value - centre),
      1,
    )
    return { value: centre, noise: fitAutoregressiveNoise(covariances).ofMean(values.length) }
  }
  return estimateShrunkEffect(
    { before: null, since: { control: measured('control'), candidate: measured('candidate') } },
    BELIEFS,
    Math.max(MIN_DEGREES_OF_FREEDOM, Math.min(since.control.length, since.candidate.length) - 2),
  )
}
