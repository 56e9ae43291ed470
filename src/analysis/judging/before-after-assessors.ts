/** Assessors of one instance, after the change compared with before. */
import type { ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import {
  type Assessor,
  estimateMedianRatio,
  type GuardTestOptions,
  type MetricDirection,
  toAssessment,
  toProportionAssessment,
} from './assessment.ts'
import { fitBeforeAfterModel } from './before-after.ts'
import { fitBeforeAfterShare } from './before-after-share.ts'
import { getDenominator } from './mean-ratio.ts'
import { fitReferences } from './reference.ts'
import type { EffectSummary } from './samples.ts'
import { fitStratumLevels } from './stratum-levels.ts'
import { fitBeforeAfterTailEffect } from './tail-effect.ts'

/** A quantity of one instance, after the change compared with before. */
export function createBeforeAfterAssessor(
  past: Sample[],
  direction: MetricDirection,
  summary: EffectSummary,
  { minStep }: GuardTestOptions,
): Assessor {
  const references = fitReferences({ control: past, candidate: [] })
  const { effectOf, information } = fitBeforeAfterModel(past, references.control.deviation)
  const assess = (since: ArmSamples) =>
    toAssessment(direction, effectOf(since), summary === 'median' ? estimateMedianRatio(since) : undefined)
  return { assess, assessSlowPart: fitBeforeAfterTailEffect(past, references, minStep), information }
}

/**
 * A quantity of one instance whose total matters, after the change compared with before; effects are shares of the mean that it would have
 * had before with the present mix of work and as many units.
 */
export function createBeforeAfterMeanAssessor(past: Sample[], direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const usual = mean(past.map(({ value }) => value)) || 1
  const usualUnits = mean(past.map(getDenominator)) || 1
  const ratio = usual / usualUnits
  // Of a ratio of sums, what exceeds the usual for as many units.
  const { effectOf, information } = fitBeforeAfterModel(
    past,
    (sample) => (sign * (sample.value - ratio * getDenominator(sample))) / usual,
  )
  const values = fitStratumLevels(past, ({ value }) => value)
  const units = fitStratumLevels(past, getDenominator)
  const assess = (since: ArmSamples) => {
    const { candidate } = since
    const unitsNow = Math.max(mean(candidate.map(getDenominator)), (0.5 * usualUnits) / (candidate.length + 0.5))
    const unitsExpected = units.expected(candidate) || usualUnits
    // The expected cost of the present number of units.
    const expected = (values.expected(candidate) * unitsNow) / unitsExpected
    const scale = usual / (expected || usual)
    const { interval, ...effect } = effectOf(since)
    return toProportionAssessment({
      ...effect,
      estimate: scale * effect.estimate,
      interval: (level) => interval(level).map((end) => scale * end) as [number, number],
    })
  }
  return { assess, information }
}

/** A share of one instance, after the change compared with before; effects are plain differences of shares. */
export function createBeforeAfterProportionAssessor(past: readonly Sample[]): Assessor {
  const { effectOf, information } = fitBeforeAfterShare(past)
  return { assess: (since) => toProportionAssessment(effectOf(since)), information }
}
