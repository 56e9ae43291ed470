import type { ArmSamples } from '../../model/trial.ts'
import type { Assessor } from './assessment.ts'
import { createBeforeAfterAssessor, createConcurrentAssessor, createSwitchbackAssessor } from './continuous-assessors.ts'
import type { JudgeOptions } from './options.ts'
import {
  createBeforeAfterProportionAssessor,
  createConcurrentProportionAssessor,
  createSwitchbackProportionAssessor,
} from './proportion-assessors.ts'

/** Fewer samples of an arm than this are no history. */
const LEAST_HISTORY = 20

/** The assessor for a kind of metric, a design, and what is known from before the change. */
export function createAssessor({ metric, design, summary = 'clipped-mean' }: JudgeOptions, past: ArmSamples): Assessor {
  const continuous = metric.kind === 'continuous'
  const own = past.control.length >= LEAST_HISTORY ? past.control : []
  if (design === 'switchback')
    return continuous ? createSwitchbackAssessor(own, metric.direction) : createSwitchbackProportionAssessor(own)
  if (design === 'before-after' && own.length > 0)
    return continuous ? createBeforeAfterAssessor(own, metric.direction, summary) : createBeforeAfterProportionAssessor(own)
  const shared = selectSharedPeriod(past)
  const known = Math.min(shared.control.length, shared.candidate.length) >= LEAST_HISTORY ? shared : null
  return continuous ? createConcurrentAssessor(known, metric.direction, summary) : createConcurrentProportionAssessor(known)
}

/** The samples from the time in which both arms were at work. */
function selectSharedPeriod({ control, candidate }: ArmSamples): ArmSamples {
  const start = Math.max(control[0]?.at ?? Infinity, candidate[0]?.at ?? Infinity)
  const end = Math.min(control.at(-1)?.at ?? -Infinity, candidate.at(-1)?.at ?? -Infinity)
  const within = ({ at }: { at: number }) => at >= start && at <= end
  return { control: control.filter(within), candidate: candidate.filter(within) }
}
