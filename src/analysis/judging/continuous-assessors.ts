import type { ArmSamples, Sample } from '../../model/trial.ts'
import type { JudgedSamples } from './arrangement.ts'
import { type Assessment, type Assessor, uniformInformation } from './assessment.ts'
import { fitBeforeAfterModel } from './before-after.ts'
import type { EffectEstimate } from './effect.ts'
import { estimateLocationEffect, fitLocationEffect } from './location.ts'
import { estimateMedianRatio, fitMedianRatio, type MedianRatio } from './median-ratio.ts'
import type { Summary } from './options.ts'
import { fitReference } from './reference.ts'
import type { Metric } from './samples.ts'
import { estimateSwitchbackEffect } from './switchback.ts'
import { fitTailEffect } from './tail.ts'

/** Limits of medians this far out hold at the look at which a trial ends, as measured: they are conservative by themselves. */
const STANDARD_ERRORS = 1.96

type MetricDirection = Metric['direction']

/** Several instances, candidate beside control. */
export function createConcurrentAssessor(history: ArmSamples | null, direction: MetricDirection, summary: Summary): Assessor {
  const medians = summary === 'median' ? (history ? fitMedianRatio(history) : estimateMedianRatio) : null
  if (!history) {
    return {
      assess: (since) => report(direction, estimateLocationEffect(since), null, medians?.(since)),
      information: uniformInformation,
    }
  }
  const references = { control: fitReference(history.control), candidate: fitReference(history.candidate) }
  const location = fitLocationEffect(history, references)
  const tail = fitTailEffect(history, references)
  const assess = (since: ArmSamples) => {
    const { effect, expected } = location(since)
    return report(direction, effect, tail(since, expected), medians?.(since))
  }
  return { assess, information: uniformInformation }
}

/** One instance, after the change against before. */
export function createBeforeAfterAssessor(past: readonly Sample[], direction: MetricDirection, summary: Summary): Assessor {
  const { effectOf, information } = fitBeforeAfterModel(past, fitReference(past).deviation)
  const assess = (since: ArmSamples) =>
    report(direction, effectOf(since), null, summary === 'median' ? estimateMedianRatio(since) : undefined)
  return { assess, information }
}

/** One instance that switches to and fro; what the history tells is its usual values and how they scatter. */
export function createSwitchbackAssessor(past: readonly Sample[], direction: MetricDirection): Assessor {
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const { deviation } = fitReference(past.length > 0 ? past : [...control, ...candidate])
    return report(direction, estimateSwitchbackEffect(pairs, past, deviation, 0), null, undefined)
  }
  return { assess, information: uniformInformation }
}

function report(
  direction: MetricDirection,
  cost: EffectEstimate,
  tail: EffectEstimate | null,
  medians: MedianRatio | undefined,
): Assessment {
  const worsening = direction === 'lower' ? Math.expm1 : (effect: number) => -Math.expm1(-effect)
  return {
    cost,
    tail,
    worsening: worsening((medians ?? cost).estimate),
    interval(level) {
      // Both must agree: the clipped mean knows of shocks and unlike instances, the median of the shape of the distribution.
      const [low, high] = cost.interval(level)
      const [lower, higher] = medians?.interval(STANDARD_ERRORS) ?? [low, high]
      return [worsening(Math.min(low, lower)), worsening(Math.max(high, higher))]
    },
  }
}
