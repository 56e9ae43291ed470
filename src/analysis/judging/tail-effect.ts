import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { quantile } from '../statistics/summaries.ts'
import type { JudgedSamples } from './arrangement.ts'
import { fitBeforeAfterShare } from './before-after-share.ts'
import { fitProportionEffect } from './proportion.ts'
import { fitQuantileRatio, type QuantileRatio } from './quantile-ratio.ts'
import { computeUpperTailProbability } from './rare-events.ts'
import { type ArmReferences, fitReferences, fitReferencesWithoutHistory } from './reference.ts'
import type { ShrinkagePriors } from './shrinkage.ts'
import { estimateSwitchbackEffect } from './switchback.ts'

/** How the slow tail of the values changed: how many lie beyond what used to be high quantiles. */
export interface TailEffect {
  /** One-sided p-values, for all quantiles together. */
  harm: number
  gain: number
  /** The ratio of a quantile in the part in which the gain is clearest, whose limits `z` standard errors out are finite if possible. */
  gained: ((z: number) => { quantile: number; ratio: QuantileRatio }) | null
}

/** The quantiles of history whose values are the thresholds; the last one is the largest value. */
const QUANTILES = [0.75, 0.9, 0.97, 0.995, 1]
/** The tests of neighboring quantiles are correlated: they count as this many independent ones. */
const INDEPENDENT = 2
/**
 * On the arcsine scale. How far the typical value has moved is not known exactly, which shows at the lower quantiles. Shocks to the slow
 * part alone are rare.
 */
const beliefsAt = (quantile: number): ShrinkagePriors => ({
  instances: { small: 0.01, large: 0.08, probability: 0.3 },
  shocks: { small: 0.01 + 0.08 * Math.sqrt(1 - quantile), large: 0.2, probability: 0.1 },
})
/** On the log scale: less than a worthwhile effect is not slower, nor is what is accepted. It also keeps tied values on one side of a threshold. */
const MIN_STEP = 0.05

/**
 * Tests on the shares of values beyond the quantiles of history. They see what the typical value does not: a slow mode that grows or shrinks,
 * or a tail. If all values of an arm have become larger, they are taken relative to that, and for harm to what all of the control have.
 * @param isStrict see `fitProportionEffect`
 * @param minStep how much slower, on the log scale, is accepted
 */
export function fitTailEffect(
  history: ArmSamples,
  references: ArmReferences,
  { isStrict = false, minStep = 0 }: { isStrict?: boolean | undefined; minStep?: number } = {},
): (since: ArmSamples) => TailEffect {
  const step = Math.max(MIN_STEP, minStep)
  const read = ({ control, candidate }: ArmSamples) => ({
    control: references.control.read(control),
    candidate: references.candidate.read(candidate),
  })
  const past = read(history)
  // Of quantiles with the same value, the highest one says how many lie beyond.
  const thresholds = new Map(QUANTILES.map((quantile) => [references.residualAt(quantile), quantile]))
  const tests = [...thresholds].map(([threshold, quantile]) => {
    const mark = (samples: readonly Sample[], residuals: readonly number[], move: number) =>
      samples.map(({ stratum }, i) => ({ stratum, value: Number(residuals[i]! - move > threshold + step) }))
    const markPast = (arm: Arm) => {
      const events = mark(history[arm], past[arm].residuals, 0)
      return history[arm].map((sample, i) => ({ ...sample, value: events[i]!.value }))
    }
    const events = { control: markPast('control'), candidate: markPast('candidate') }
    return { at: quantile, mark, effectOf: fitProportionEffect(events, { beliefs: beliefsAt(quantile), isStrict }) }
  })
  return (since) => {
    const present = read(since)
    const move = (arm: Arm) => Math.max(0, present[arm].commonMove)
    const moves = { control: move('control'), candidate: move('candidate') }
    // A shift that made all values of the control larger is not counted as harm to a candidate that it affects less.
    const harmMoves = { ...moves, candidate: Math.max(moves.control, moves.candidate) }
    const effects = tests.map(({ at, mark, effectOf }) => {
      const compare = (by: typeof moves) => {
        const events = (arm: Arm) => mark(since[arm], present[arm].residuals, by[arm])
        return effectOf({ control: events('control'), candidate: events('candidate') })
      }
      const own = compare(moves)
      return { at, gain: own.gain, harm: harmMoves.candidate === moves.candidate ? own.harm : compare(harmMoves).harm }
    })
    const clearest = effects.reduce((best, effect) => (effect.gain < best.gain ? effect : best))
    const together = (p: number) => Math.min(1, p * Math.min(INDEPENDENT, effects.length))
    return {
      harm: together(Math.min(...effects.map(({ harm }) => harm))),
      gain: together(clearest.gain),
      gained: (z) => {
        const ratios = quantilesAbove(clearest.at).map((quantile) => ({
          quantile,
          ratio: fitQuantileRatio(history, quantile)(since),
        }))
        return ratios.find(({ ratio }) => ratio.interval(z).every(Number.isFinite)) ?? ratios[0]!
      },
    }
  }
}

/** In the middle of the part above a quantile, and closer to it. */
const quantilesAbove = (quantile: number) => [0.5, 0.25, 0].map((share) => quantile + share * (1 - quantile)).filter((q) => q < 1)

/** Of one instance, the quantiles of its past: where a slow mode becomes more frequent, and what has never been as slow. */
const FORMER_QUANTILES = [0.9, 1]

/**
 * The same for one instance, whose values after the change are compared with those before. Only harm is reported: a gain in the slow tail alone
 * is not distinguished from a rest between two bursts of slow values.
 */
export function fitBeforeAfterTailEffect(
  past: readonly Sample[],
  references: ArmReferences,
  minStep = 0,
): (since: ArmSamples) => TailEffect {
  const { residual, read } = references.control
  const mark = (samples: readonly Sample[], limit: number) =>
    samples.map((sample) => ({ ...sample, value: Number(residual(sample) > limit) }))
  const limits = [...new Set(FORMER_QUANTILES.map((share) => references.residualAt(share) + Math.max(MIN_STEP, minStep)))]
  const tests = limits.map((limit) => ({ limit, effectOf: fitBeforeAfterShare(mark(past, limit)).effectOf }))
  return ({ control, candidate }) => {
    const move = Math.max(0, read(candidate).commonMove)
    const harms = tests.map(({ limit, effectOf }) => {
      return effectOf({ control: mark(control, limit), candidate: mark(candidate, limit + move) }).harm
    })
    return { harm: Math.min(1, harms.length * Math.min(...harms)), gain: 1, gained: null }
  }
}

/**
 * The same for one instance that switches back and forth, with the noise of its blocks: slow values come in bursts, so those of a block are
 * not independent. The exact probability of as many counts if it is larger, because a few events are not normal.
 */
export function fitSwitchbackTailEffect(past: Sample[], minStep = 0): (since: JudgedSamples) => TailEffect {
  const ofPast = past.length > 0 ? fitReferences({ control: past, candidate: [] }) : undefined
  return ({ control, candidate, pairs }) => {
    const { residualAt, control: usual } = ofPast ?? fitReferences({ control, candidate: [] })
    const mark = (samples: readonly Sample[], limit: number) =>
      samples.map((sample) => ({ ...sample, value: Number(usual.residual(sample) > limit) }))
    const move = (samples: readonly Sample[]) => Math.max(0, usual.read(samples).commonMove)
    const ofControl = move(control)
    const ofCandidate = Math.max(ofControl, move(candidate))
    const limits = [...new Set(FORMER_QUANTILES.map((share) => residualAt(share) + Math.max(MIN_STEP, minStep)))]
    const harms = limits.map((limit) => {
      const before = mark(past, limit)
      const marked = pairs.map((pair) => ({
        control: mark(pair.control, limit + ofControl),
        candidate: mark(pair.candidate, limit + ofCandidate),
      }))
      const without = [...before, ...marked.flatMap((pair) => pair.control)]
      const now = marked.flatMap((pair) => pair.candidate)
      const share = (countEvents(without) + 0.5) / (without.length + 1)
      const { harm } = estimateSwitchbackEffect(marked, before, ({ value }) => value, { minVariance: share * (1 - share) })
      return Math.max(harm, computeUpperTailProbability(countEvents(now), now.length, { share, samples: without.length }))
    })
    return { harm: Math.min(1, harms.length * Math.min(...harms)), gain: 1, gained: null }
  }
}

const countEvents = (samples: readonly Sample[]) => samples.reduce((sum, { value }) => sum + value, 0)

/** Without a history, a candidate instance may be this much slower by nature, on the log scale. */
const ALLOWED = Math.log(1.5)
const PRESENT_QUANTILES = [0.9, 1]

/** The same without a history: only harm far beyond the control's own slow tail can be distinguished from how instances differ. */
export function assessTailWithoutHistory(since: ArmSamples, minStep = 0): TailEffect {
  const references = fitReferencesWithoutHistory(since)
  const residuals = (arm: Arm) => since[arm].map(references[arm].residual)
  const [control, candidate] = [residuals('control'), residuals('candidate')]
  const count = (values: readonly number[], limit: number) => values.filter((value) => value > limit).length
  const harms = PRESENT_QUANTILES.map((share) => {
    const threshold = quantile(control, share)!
    const usual = (count(control, threshold) + 0.5) / (control.length + 1)
    const expected = { share: usual, samples: control.length }
    return computeUpperTailProbability(count(candidate, threshold + Math.max(ALLOWED, minStep)), candidate.length, expected)
  })
  return { harm: Math.min(1, PRESENT_QUANTILES.length * Math.min(...harms)), gain: 1, gained: null }
}
