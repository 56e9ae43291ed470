/** Assessors of several instances, candidate and control side by side. */
import type { ArmSamples } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import {
  type Assessor,
  estimateMedianRatio,
  type GuardTestOptions,
  type MetricDirection,
  toAssessment,
  uniformInformationFraction,
} from './assessment.ts'
import { estimateLocationEffect, fitLocationEffect } from './location.ts'
import { estimateMeanRatio, fitMeanRatio } from './mean-ratio.ts'
import { fitEffectOutsidePointMass } from './point-mass.ts'
import { applyEffectToShare, estimateProportionEffect, fitProportionEffect } from './proportion.ts'
import { estimateQuantileRatio, fitQuantileRatio, MEDIAN, toEffectEstimate } from './quantile-ratio.ts'
import { fitReferences } from './reference.ts'
import type { EffectSummary } from './samples.ts'
import { assessTailWithoutHistory, fitTailEffect } from './tail-effect.ts'

/** A quantity of several instances, candidate and control side by side. */
export function createConcurrentAssessor(
  history: ArmSamples | null,
  direction: MetricDirection,
  summary: EffectSummary,
  { isStrict = false, minStep = 0 }: GuardTestOptions = {},
): Assessor {
  const medians = summary === 'median' ? (history ? fitQuantileRatio(history, MEDIAN) : estimateMedianRatio) : null
  if (!history) {
    return {
      assess: (since) => toAssessment(direction, estimateLocationEffect(since), medians?.(since)),
      assessSlowPart: (since) => assessTailWithoutHistory(since, minStep),
      information: uniformInformationFraction,
    }
  }
  const references = fitReferences(history)
  const location = fitLocationEffect(history, references)
  const besideHeap = fitEffectOutsidePointMass(history)
  return {
    assess: (since) => toAssessment(direction, besideHeap?.(since) ?? location(since), medians?.(since)),
    assessSlowPart: fitTailEffect(history, references, { isStrict, minStep }),
    information: uniformInformationFraction,
  }
}

/** A quantile of a quantity of several instances, candidate and control side by side; its other parts must not get worse. */
export function createConcurrentQuantileAssessor(
  history: ArmSamples | null,
  direction: MetricDirection,
  share: number,
): Assessor {
  // Of a metric that should be high, the low values are the costly ones.
  const costly = direction === 'lower' ? share : 1 - share
  const ratio = history ? fitQuantileRatio(history, costly) : (since: ArmSamples) => estimateQuantileRatio(since, costly)
  return {
    ...createConcurrentAssessor(history, direction, 'clipped-mean'),
    assess: (since) => toAssessment(direction, toEffectEstimate(ratio(since))),
  }
}

/** A quantity of several instances whose total matters, candidate and control side by side. */
export function createConcurrentMeanAssessor(history: ArmSamples | null, direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const effectOf = history ? fitMeanRatio(history, sign) : (since: ArmSamples) => estimateMeanRatio(since, sign)
  return { assess: (since) => toAssessment(direction, effectOf(since)), information: uniformInformationFraction }
}

/** A share of several instances, candidate and control side by side. */
export function createConcurrentProportionAssessor(history: ArmSamples | null, isStrict = false): Assessor {
  const effectOf = history
    ? fitProportionEffect(history, { isStrict })
    : (since: ArmSamples) => estimateProportionEffect(since, isStrict)
  const assess = (since: ArmSamples) => {
    const usual = mean(since.control.map((sample) => sample.value))
    const worsening = (effect: number) => applyEffectToShare(effect, usual) - usual
    const cost = effectOf(since)
    return {
      cost,
      worsening: worsening(cost.estimate),
      interval: (level: number) => cost.interval(level).map(worsening) as [number, number],
    }
  }
  return { assess, information: uniformInformationFraction }
}
