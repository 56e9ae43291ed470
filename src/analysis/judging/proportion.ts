import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { clamp, mean } from '../statistics/summaries.ts'
import type { EffectEstimate } from './effect.ts'
import { estimatePairedNoise, MIN_DEGREES_OF_FREEDOM } from './paired-noise.ts'
import { estimateShrunkEffect, type ShrinkagePriors } from './shrinkage.ts'

/** On the arcsine scale. */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.025, large: 0.08, probability: 0.4 },
  shocks: { small: 0.03, large: 0.2, probability: 0.95 },
}
const ORDER = 2
const LEAST_DISPERSION = 0.02

/** Effect on the share of costly events (values of 1), on the arcsine scale; see `shareAfter`. */
export function fitProportionEffect(history: ArmSamples): (since: ArmSamples) => EffectEstimate {
  const series = (arm: Arm) => ({ at: history[arm].map((sample) => sample.at), score: valuesOf(history[arm]) })
  const before = { control: series('control'), candidate: series('candidate') }
  const paired = estimatePairedNoise(before.control, before.candidate, ORDER)
  const least = 0.5 / paired.bins
  const usual = clamp((mean(before.control.score) + mean(before.candidate.score)) / 2, least, 1 - least)
  const eventless = paired.noise.longRunVariance < 1e-9
  const level = (values: readonly number[], noise: number) => {
    const dispersion = eventless ? 1 : Math.max((noise * values.length) / (usual * (1 - usual)), LEAST_DISPERSION)
    return arcsine(mean(values), values.length / dispersion)
  }
  const levels = {
    control: level(before.control.score, paired.control.ofHistory),
    candidate: level(before.candidate.score, paired.candidate.ofHistory),
  }
  const degrees = paired.degrees

  return (since) => {
    const moved = (arm: Arm) => {
      const { value, noise } = level(valuesOf(since[arm]), paired[arm].ofMean(since[arm].length))
      return { value: value - levels[arm].value, noise }
    }
    return estimateShrunkEffect(
      { before: levels, since: { control: moved('control'), candidate: moved('candidate') } },
      BELIEFS,
      degrees,
    )
  }
}

/** The same without a history: instances are assumed to be alike. */
export function estimateProportionEffect(since: ArmSamples): EffectEstimate {
  const measured = (samples: readonly Sample[]) => arcsine(mean(valuesOf(samples)), samples.length)
  return estimateShrunkEffect(
    { before: null, since: { control: measured(since.control), candidate: measured(since.candidate) } },
    BELIEFS,
    Math.max(MIN_DEGREES_OF_FREEDOM, Math.min(since.control.length, since.candidate.length) - 2),
  )
}

/** The share of costly events after an effect on the arcsine scale, if it would be `usual` without the change. */
export function applyEffectToShare(effect: number, usual: number): number {
  return Math.sin(clamp(Math.asin(Math.sqrt(usual)) + effect, 0, Math.PI / 2)) ** 2
}

const valuesOf = (samples: readonly Sample[]) => samples.map((sample) => sample.value)

/** Anscombe's (1948) variance-stabilising transformation of a share of `count` independent events. */
function arcsine(share: number, count: number) {
  return { value: Math.asin(Math.sqrt((share * count + 0.375) / (count + 0.75))), noise: 1 / (4 * count + 2) }
}
