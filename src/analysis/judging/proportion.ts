import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { clamp, mean, normalizeLogWeights } from '../statistics/summaries.ts'
import { averageEffects, type EffectEstimate, type WeightedEstimate } from './effect.ts'
import { computeSharedStratumShares, createStandardizer, getStratum, type StratumShares, type StratumValue } from './mix.ts'
import { estimatePairedNoise, MIN_DEGREES_OF_FREEDOM } from './paired-noise.ts'
import { computeUpperTailProbability, MAX_EXACT_EVENTS } from './rare-events.ts'
import { countSamplesForVariance } from './sample-size.ts'
import { type ArmLevels, estimateConditionalEffects, type ShrinkagePriors } from './shrinkage.ts'

/** On the arcsine scale. */
const BELIEFS: ShrinkagePriors = {
  instances: { small: 0.025, large: 0.08, probability: 0.4 },
  shocks: { small: 0.03, large: 0.2, probability: 0.95 },
}
const ORDER = 2
/** Scores between 0 and 1 vary less than events, by at most this factor; events never vary less than independent ones. */
const MIN_DISPERSION = 0.02
/** The part of the probability of just as many events that counts: half of it rolls back harmless changes a little too often, as measured. */
const TIED = 2 / 3

/**
 * Effect on the share of costly events (values of 1), on the arcsine scale; see `applyEffectToShare`. Arms with another mix of strata are
 * compared as if they had the candidate's.
 * @param isStrict exact probabilities of few events never exceed the level asked for, which costs power; otherwise they do not on average
 */
export function fitProportionEffect(
  history: ArmSamples,
  { beliefs = BELIEFS, isStrict = false }: { beliefs?: ShrinkagePriors; isStrict?: boolean } = {},
): (since: Record<Arm, readonly StratumValue[]>) => EffectEstimate {
  const series = (arm: Arm) => ({ at: history[arm].map((sample) => sample.at), score: valuesOf(history[arm]) })
  const before = { control: series('control'), candidate: series('candidate') }
  const paired = estimatePairedNoise(before.control, before.candidate, ORDER)
  const rarest = 0.5 / paired.bins
  const usual = clamp((mean(before.control.score) + mean(before.candidate.score)) / 2, rarest, 1 - rarest)
  const eventless = paired.noise.longRunVariance < 1e-9
  const least = isEvents(history.control) && isEvents(history.candidate) ? 1 : MIN_DISPERSION
  const dispersionOf = (noise: number, count: number) =>
    eventless ? 1 : Math.max((noise * count) / (usual * (1 - usual)), least)
  const past = { control: createStandardizer(history.control), candidate: createStandardizer(history.candidate) }

  return (since) => {
    const present = { control: createStandardizer(since.control), candidate: createStandardizer(since.candidate) }
    const mix = computeSharedStratumShares(present.candidate, [past.control, past.candidate, present.control])
    const measured = (arm: Arm) => {
      const before = past[arm].to(mix)
      const now = present[arm].to(mix)
      const [length, pastLength] = [since[arm].length, history[arm].length]
      const dispersion = dispersionOf(paired[arm].ofMean(length), length)
      const level = arcsine(before.mean, before.count / dispersionOf(paired[arm].ofHistory, pastLength))
      const { value, noise } = arcsine(now.mean, now.count / dispersion)
      return { level, moved: { value: value - level.value, noise }, value, noise, dispersion }
    }
    const [control, candidate] = [measured('control'), measured('candidate')]
    const levels: ArmLevels = {
      before: { control: control.level, candidate: candidate.level },
      since: { control: control.moved, candidate: candidate.moved },
    }
    const estimates = estimateConditionalEffects(levels, beliefs)
    return withExactHarm(averageEffects(estimates, paired.degrees), estimates, takeShared(since.candidate, mix), {
      ...candidate,
      isStrict,
    })
  }
}

/** The same without a history: instances are assumed to be alike. */
export function estimateProportionEffect(since: ArmSamples, isStrict = false): EffectEstimate {
  const present = { control: createStandardizer(since.control), candidate: createStandardizer(since.candidate) }
  const mix = computeSharedStratumShares(present.candidate, [present.control])
  const measured = (arm: Arm) => {
    const { mean, count } = present[arm].to(mix)
    return arcsine(mean, count)
  }
  const [control, candidate] = [measured('control'), measured('candidate')]
  const estimates = estimateConditionalEffects({ before: null, since: { control, candidate } }, BELIEFS)
  const degrees = Math.max(MIN_DEGREES_OF_FREEDOM, Math.min(since.control.length, since.candidate.length) - 2)
  const compared = takeShared(since.candidate, mix)
  return withExactHarm(averageEffects(estimates, degrees), estimates, compared, { ...candidate, dispersion: 1, isStrict })
}

/** The samples of the strata of a mix; all if they are compared as one. */
function takeShared(samples: readonly StratumValue[], mix: StratumShares): readonly StratumValue[] {
  const shared = samples.filter((sample) => mix.has(getStratum(sample)))
  return shared.length > 0 ? shared : samples
}

/**
 * Where few events are expected, the probability of as many by chance is exact: under each belief the expected share is known as well as
 * from a number of samples, and the candidate's events have a beta-binomial distribution. Unless strict, just as many events count in
 * part (a mid-p value; Lancaster 1961).
 */
function withExactHarm(
  effect: EffectEstimate,
  estimates: readonly WeightedEstimate[],
  samples: readonly StratumValue[],
  { value, noise, dispersion, isStrict }: { value: number; noise: number; dispersion: number; isStrict: boolean },
): EffectEstimate {
  const events = samples.reduce((sum, sample) => sum + sample.value, 0)
  if (!isEvents(samples)) return effect
  const weights = normalizeLogWeights(estimates.map(({ logWeight }) => logWeight))
  const scale = Math.max(1, dispersion)
  const count = Math.round(samples.length / scale)
  const shareUnder = (estimate: WeightedEstimate) => Math.sin(clamp(value - estimate.value, 0, Math.PI / 2)) ** 2
  let expectedEvents = 0
  for (const [i, estimate] of estimates.entries()) {
    const share = shareUnder(estimate)
    expectedEvents += weights[i]! * count * share * (1 - share)
  }
  if (!(expectedEvents < MAX_EXACT_EVENTS)) return effect
  let harm = 0
  for (const [i, estimate] of estimates.entries()) {
    const known = 1 / (4 * Math.max(estimate.variance - noise, 1e-6))
    const atLeast = (least: number) => computeUpperTailProbability(least, count, { share: shareUnder(estimate), samples: known })
    const exact = atLeast(events / scale)
    harm += weights[i]! * (isStrict ? exact : exact + (1 - TIED) * (atLeast(events / scale + 1) - exact))
  }
  return { ...effect, harm }
}

/** The standard errors at which a guardrail counts as harmless, at a look near the last one. */
const PROOF = 2

/**
 * The samples of each arm after which about half of the trials have ruled out that the share of costly events has grown by `tolerance`, if
 * it has not: on the arcsine scale, with the differences between instances known from a history as long as the trial. Near 0 it is about the
 * rule of three.
 * @param share of costly events now, 0–1
 * @returns 0 if so many more are impossible
 */
export function countSamplesToRuleOutIncrease(tolerance: number, share: number): number {
  if (share + tolerance >= 1) return 0
  const distance = Math.asin(Math.sqrt(share + tolerance)) - Math.asin(Math.sqrt(share))
  return countSamplesForVariance((distance / PROOF) ** 2, { perValue: 1 / 4, unlike: BELIEFS.instances.small })
}

/** The share of costly events after an effect on the arcsine scale, if it would be `usual` without the change. */
export function applyEffectToShare(effect: number, usual: number): number {
  return Math.sin(clamp(Math.asin(Math.sqrt(usual)) + effect, 0, Math.PI / 2)) ** 2
}

const isEvents = (samples: readonly StratumValue[]) => samples.every(({ value }) => value === 0 || value === 1)
const valuesOf = (samples: readonly Sample[]) => samples.map((sample) => sample.value)

/** Anscombe's (1948) variance-stabilising transformation of a share of `count` independent events. */
function arcsine(share: number, count: number) {
  return { value: Math.asin(Math.sqrt((share * count + 0.375) / (count + 0.75))), noise: 1 / (4 * count + 2) }
}
