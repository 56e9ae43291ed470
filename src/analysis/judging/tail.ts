import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import type { EffectEstimate } from './effect.ts'
import { estimatePairedNoise } from './paired-noise.ts'
import type { ArmReferences } from './reference.ts'
import { estimateShrunkEffect, type ShrinkagePriors } from './shrinkage.ts'

/** On the scale √(rate / usual rate). */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.15, large: 0.5, probability: 0.3 },
  shocks: { small: 0.15, large: 1, probability: 0.3 },
}
const ORDER = 3
const LEAST_DISPERSION = 0.25

/**
 * Effect on how often values lie far out in the tail, beyond what the expected move of all values explains; on the
 * variance-stabilised scale √(rate / usual rate).
 */
export function fitTailEffect(
  history: ArmSamples,
  references: ArmReferences,
): (since: ArmSamples, expectedMove: number) => EffectEstimate {
  const score = (arm: Arm, samples: readonly Sample[], move: number) =>
    samples.map((sample) => references[arm].tailScore(sample, move))
  const series = (arm: Arm) => ({ at: history[arm].map((sample) => sample.at), score: score(arm, history[arm], 0) })
  const before = { control: series('control'), candidate: series('candidate') }
  const paired = estimatePairedNoise(before.control, before.candidate, ORDER)
  const usual = { control: mean(before.control.score), candidate: mean(before.candidate.score) }
  const rate = Math.max((usual.control + usual.candidate) / 2, 0.5 / paired.bins)
  const rooted = (average: number, count: number, noise: number) => {
    const effective = count / Math.max((noise * count) / rate, LEAST_DISPERSION)
    return { value: Math.sqrt((average * effective + 0.375) / (effective * rate)), noise: 1 / (4 * effective * rate) }
  }
  const level = (arm: Arm) => rooted(usual[arm], history[arm].length, paired[arm].ofHistory)
  const levels = { control: level('control'), candidate: level('candidate') }
  const small = Math.sqrt(BELIEFS.shocks.small ** 2 + paired.common / rate ** 2 / 4)
  const beliefs = { ...BELIEFS, shocks: { ...BELIEFS.shocks, small } }
  const degrees = paired.degrees

  return (since, expectedMove) => {
    const moved = (arm: Arm) => {
      const scores = score(arm, since[arm], expectedMove)
      const { value, noise } = rooted(mean(scores), scores.length, paired[arm].ofMean(scores.length))
      return { value: value - levels[arm].value, noise }
    }
    return estimateShrunkEffect(
      { before: levels, since: { control: moved('control'), candidate: moved('candidate') } },
      beliefs,
      degrees,
    )
  }
}
