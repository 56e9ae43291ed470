/** Guardrails of a trial: harm to a metric that is not ruled out, and bounds that are not proven to hold. */
import { findBuiltInMetric } from '../../model/metric.ts'
import { describeBound } from '../../model/objective-text.ts'
import type { Judgement, Sample, TrialDesign } from '../../model/trial.ts'
import { assessBound, computeToleratedLimit, exceedsBoundMoreThanUsual, type LevelBound } from './bound.ts'
import { selectOverdueRequests } from './in-flight.ts'
import type { LookResult } from './judge.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import { type GuardAssessment, passedAssessment, type ReportingCheck } from './reporting-check.ts'
import type { ArmObservations, ObservationsByArm, TrialMetric } from './trial-metric.ts'

/** A metric that a kept change must not harm. */
export interface Guard {
  metric: TrialMetric
  /**
   * Harm that must be ruled out: a share of a quantity, a difference of shares. Undefined if it may become worse as long as it is within
   * its bounds.
   */
  tolerance?: number | undefined
  /** Whether somebody has accepted that much harm to this metric, so that only more of it is rolled back. */
  isAccepted?: boolean
  /** Limits on its level, whatever it was before. */
  bounds: readonly LevelBound[]
  /** Whether nothing is kept unless the metric is seen; any other counts only if the control reports it. */
  isRequired?: boolean
}

/** The effect on a guardrail: percent of a quantity, points of a share; null if it is not known yet. */
export interface GuardLook extends Pick<Judgement, 'improvement' | 'interval' | 'samples'> {
  /** The name of its metric in the catalogue. */
  metric: string
  /** The judge's decision about it: it may pass, harm is not ruled out, or it is harmed and the trial is rolled back. */
  decision: GuardAssessment['decision']
}

type WatchedGuard = Guard & {
  design: TrialDesign
  /** The candidates' samples from before the change. */
  past: readonly Sample[]
  assessReporting: ReportingCheck
}
/** The look at a bound that is due with so many samples: how many of them it is about, and the one-sided error probability. */
export type BoundLookPlan = (samples: number) => { count: number; level: number }

/**
 * A guardrail metric that the control hardly reports proves nothing, but one that only the candidate has stopped reporting does, and so does a
 * required one: a metric that is not seen never passes.
 */
export function assessGuard(
  guard: WatchedGuard,
  look: LookResult,
  arms: ObservationsByArm,
  looks: BoundLookPlan,
): GuardAssessment {
  const { metric, tolerance, bounds, isRequired = false, assessReporting } = guard
  const isRelative = tolerance !== undefined
  if (look.decision === 'roll-back' && (isRelative || look.isSilent)) return { decision: 'roll-back', reason: look.reason }
  const assessed = [...bounds.map((bound) => assessGuardBound(guard, bound, look, arms, looks)), assessReporting(arms)]
  const failed =
    assessed.find(({ decision }) => decision === 'roll-back') ??
    assessed.find(({ suspicion }) => suspicion) ??
    assessed.find(({ decision }) => decision === 'doubt')
  if (failed) return failed
  if (!isRelative || look.decision === 'keep') return passedAssessment
  if (!isRequired && look.samples.control < MIN_SAMPLES_PER_ARM) return passedAssessment
  return { decision: 'doubt', reason: `harm to the ${metric.name} is not ruled out` }
}

/**
 * An arm that was beyond a bound before must not be further beyond it: if it was so by no more than is tolerated, not by more than that
 * either.
 */
function assessGuardBound(
  guard: WatchedGuard,
  bound: LevelBound,
  look: LookResult,
  arms: ObservationsByArm,
  looks: BoundLookPlan,
): GuardAssessment {
  const { metric, past } = guard
  const { side, limit, quantile } = bound
  const unit = findBuiltInMetric(metric.metric) ?? { kind: metric.kind, unit: '' }
  const name = describeBound({ quantile, [side]: limit }, unit)
  const [control, candidate] = [takeBounded(guard, bound, arms.control), takeBounded(guard, bound, arms.candidate)]
  if (candidate.length < MIN_SAMPLES_PER_ARM)
    return { decision: 'doubt', reason: `too little is known about ${metric.name}, which must be ${name}` }
  const { count, level } = looks(candidate.length)
  const now = assessBound(candidate.toSorted((a, b) => a.at - b.at).slice(0, count), bound, metric, level)
  const before = control.length >= MIN_SAMPLES_PER_ARM ? assessBound(control, bound, metric, level) : undefined
  const wasBeyond = before?.seemsBeyond ?? false
  if (wasBeyond && now.seemsBeyond && look.decision === 'roll-back') return { decision: 'roll-back', reason: look.reason }
  if ((now.isBeyond && !wasBeyond) || (now.isFarBeyond && !before?.seemsFarBeyond))
    return { decision: 'roll-back', reason: `${metric.name} is not ${name}` }
  const isNoWorse = wasBeyond && look.decision === 'keep' && !exceedsBoundMoreThanUsual(candidate, [control, past], bound)
  if (now.isWithin || isNoWorse) return passedAssessment
  const reason = `it is not proven that ${metric.name} is ${name}`
  const suspicion = now.seemsBeyond ? `${metric.name} does not seem to be ${name}` : undefined
  return { decision: 'doubt', code: 'bound-not-proven', reason, suspicion }
}

/** Every sample of an arm. Requests in flight count once they are beyond an upper limit: however they end, they stay beyond it. */
function takeBounded({ metric, design }: WatchedGuard, bound: LevelBound, arm: ArmObservations): Sample[] {
  const finished = metric.everySampleOf(arm)
  if (bound.side === 'min' || !metric.inFlightOf) return finished
  const furthest = computeToleratedLimit(bound, metric)
  return [...finished, ...selectOverdueRequests(metric.inFlightOf(arm), () => furthest, design)]
}

/** How much worse an arm that is beyond its bounds anyway may become. */
export const getStrictestTolerance = ({ bounds }: Guard) => Math.min(...bounds.map(({ tolerance }) => tolerance))
