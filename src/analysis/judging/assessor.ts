import type { ArmSamples } from '../../model/trial.ts'
import type { Assessor } from './assessment.ts'
import {
  createBeforeAfterAssessor,
  createBeforeAfterMeanAssessor,
  createBeforeAfterProportionAssessor,
} from './before-after-assessors.ts'
import {
  createConcurrentAssessor,
  createConcurrentMeanAssessor,
  createConcurrentProportionAssessor,
  createConcurrentQuantileAssessor,
} from './concurrent-assessors.ts'
import type { JudgeOptions } from './options.ts'
import { createSharedPeriodFilter } from './samples.ts'
import {
  createSwitchbackAssessor,
  createSwitchbackMeanAssessor,
  createSwitchbackProportionAssessor,
} from './switchback-assessors.ts'

/** Minimum number of samples of an arm to count as a history. */
const MIN_HISTORY = 20

/** The assessor for a kind of metric, a design and a history. */
export function createAssessor(
  { metric, design, summary = 'clipped-mean', quantile, guardrail, isAccepted, minEffect = 0 }: JudgeOptions,
  past: ArmSamples,
): Assessor {
  const strictness = { isStrict: guardrail, minStep: isAccepted ? Math.log1p(minEffect) : 0 }
  const continuous = metric.kind === 'continuous'
  const own = past.control.length >= MIN_HISTORY ? past.control : []
  if (design === 'switchback' && summary === 'mean' && continuous) return createSwitchbackMeanAssessor(own, metric.direction)
  if (design === 'switchback')
    return continuous ? createSwitchbackAssessor(own, metric.direction, strictness) : createSwitchbackProportionAssessor(own)
  if (design === 'before-after' && own.length > 0 && summary === 'mean' && continuous)
    return createBeforeAfterMeanAssessor(own, metric.direction)
  if (design === 'before-after' && own.length > 0)
    return continuous
      ? createBeforeAfterAssessor(own, metric.direction, summary, strictness)
      : createBeforeAfterProportionAssessor(own)
  const isShared = createSharedPeriodFilter(past.control, past.candidate)
  const shared = { control: past.control.filter(isShared), candidate: past.candidate.filter(isShared) }
  const known = Math.min(shared.control.length, shared.candidate.length) >= MIN_HISTORY ? shared : null
  if (continuous && quantile !== undefined) return createConcurrentQuantileAssessor(known, metric.direction, quantile)
  if (continuous && summary === 'mean') return createConcurrentMeanAssessor(known, metric.direction)
  return continuous
    ? createConcurrentAssessor(known, metric.direction, summary, strictness)
    : createConcurrentProportionAssessor(known, guardrail)
}
