/** Guardrails of a trial: harm to a metric that is not ruled out, and bounds that are not proven to hold. */
import { findBuiltInMetric } from '../../model/metric.ts'
import { describeBound } from '../../model/objective-text.ts'
import type { Sample } from '../../model/trial.ts'
import { createBoundary } from '../statistics/group-sequential.ts'
import { assessBound, isFurtherBeyond, type LevelBound } from './bound.ts'
import type { LookResult } from './judge.ts'
import { MIN_SAMPLES_PER_ARM, planLooks } from './looks.ts'
import type { ArmObservations, ObservationsByArm, TrialMetric } from './trial-metric.ts'

/** A metric that a kept change must not harm. */
export interface Guard {
  metric: TrialMetric
  /**
   * Harm that must be ruled out: a share of a quantity, a difference of shares. Undefined if it may become worse as long as it is within
   * its bounds.
   */
  tolerance?: number | undefined
  /** Limits on its level, whatever it was before. */
  bounds: readonly LevelBound[]
  /** Whether nothing is kept unless the metric is seen; any other counts only if the control reports it. */
  isRequired?: boolean
}

/** A metric that executions report less often than this, relative to those of the control, may be missing where it is bad. */
const LEAST_REPORTED = 0.5

type WatchedGuard = Guard & {
  /** The candidates' samples from before the change. */
  past: readonly Sample[]
}
type BoundLevels = (samples: number) => number

interface GuardAssessment {
  decision: 'pass' | 'doubt' | 'roll-back'
  reason: string
}

const passed: GuardAssessment = { decision: 'pass', reason: '' }

/**
 * A guardrail that the control hardly uses proves nothing; one that only the candidate has stopped using does, and so does one that is
 * required: what is not seen is never passed.
 */
export function assessGuard(
  guard: WatchedGuard,
  look: LookResult,
  arms: ObservationsByArm,
  levels: BoundLevels,
): GuardAssessment {
  const { metric, tolerance, bounds, isRequired = false } = guard
  const isRelative = tolerance !== undefined
  if (look.decision === 'roll-back' && (isRelative || look.isSilent)) return { decision: 'roll-back', reason: look.reason }
  const assessed = [...bounds.map((bound) => assessGuardBound(guard, bound, look, arms, levels)), assessReporting(metric, arms)]
  const failed =
    assessed.find(({ decision }) => decision === 'roll-back') ?? assessed.find(({ decision }) => decision === 'doubt')
  if (failed) return failed
  if (!isRelative || look.decision === 'keep') return passed
  if (!isRequired && look.samples.control < MIN_SAMPLES_PER_ARM) return passed
  return { decision: 'doubt', reason: `harm to the ${metric.name} is not ruled out` }
}

/** An arm that was beyond a bound before must not be further beyond it. */
function assessGuardBound(
  { metric, past }: WatchedGuard,
  bound: LevelBound,
  look: LookResult,
  arms: ObservationsByArm,
  levelAt: BoundLevels,
): GuardAssessment {
  const { side, limit, quantile } = bound
  const unit = findBuiltInMetric(metric.metric) ?? { kind: metric.kind, unit: '' }
  const name = describeBound({ quantile, [side]: limit }, unit)
  const [control, candidate] = [metric.samplesOf(arms.control), metric.samplesOf(arms.candidate)]
  if (candidate.length < MIN_SAMPLES_PER_ARM)
    return { decision: 'doubt', reason: `too little is known of ${metric.name}, which has to be ${name}` }
  const level = levelAt(candidate.length)
  const now = assessBound(candidate, bound, metric, level)
  const wasBeyond = control.length >= MIN_SAMPLES_PER_ARM && assessBound(control, bound, metric, level).seemsBeyond
  if (wasBeyond && now.seemsBeyond && look.decision === 'roll-back') return { decision: 'roll-back', reason: look.reason }
  if (now.isBeyond && !wasBeyond) return { decision: 'roll-back', reason: `${metric.name} is not ${name}` }
  const isNoWorse = wasBeyond && look.decision === 'keep' && !isFurtherBeyond(candidate, [control, past], bound)
  return now.isWithin || isNoWorse ? passed : { decision: 'doubt', reason: `it is not proven that ${metric.name} is ${name}` }
}

/** Doubtful if the candidate's executions report a metric far less often than those of the control. */
export function assessReporting(metric: TrialMetric, arms: ObservationsByArm): GuardAssessment {
  const share = ({ executions }: ArmObservations) =>
    executions.length > 0 ? metric.samplesOf({ executions, negotiations: [] }).length / executions.length : 0
  return share(arms.candidate) < LEAST_REPORTED * share(arms.control)
    ? { decision: 'doubt', reason: `too few executions with the change report ${metric.name}` }
    : passed
}

/** How much worse an arm that is beyond its bounds anyway may become. */
export const boundTolerance = ({ bounds }: Guard) => Math.min(...bounds.map(({ tolerance }) => tolerance))

/** One-sided error probability for a bound after so many samples: in all, as much as for other guardrails, however often one looks. */
export function computeBoundLevels(maxSamples: number, alpha: number): BoundLevels {
  const looks = planLooks(maxSamples)
  const { levels } = createBoundary(
    looks.map((n) => n / maxSamples),
    alpha,
  )
  return (samples) =>
    levels[
      Math.max(
        0,
        looks.findLastIndex((n) => n <= samples),
      )
    ]!
}
