/** Guardrails of a trial: harm to a metric that is not ruled out, and bounds that are not proven to hold. */
import { findBuiltInMetric } from '../../model/metric.ts'
import { describeBound } from '../../model/objective-text.ts'
import type { Judgement, Sample } from '../../model/trial.ts'
import { createBoundary } from '../statistics/group-sequential.ts'
import { assessBound, isFurtherBeyond, type LevelBound } from './bound.ts'
import type { LookResult } from './judge.ts'
import { MIN_SAMPLES_PER_ARM, planLooks } from './looks.ts'
import { probabilityOfAtLeast } from './rare-events.ts'
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

/** The effect on a guardrail: percent of a quantity, points of a share; null if it is not known yet. */
export interface GuardLook extends Pick<Judgement, 'improvement' | 'interval' | 'samples'> {
  /** The name of its metric in the catalogue. */
  metric: string
}

/** A metric that executions report less often than this, relative to those of the control, may be missing where it is bad. */
const LEAST_REPORTED = 0.5
/** Probability below which it is no chance that fewer do. */
const IMPROBABLE = 0.05

type WatchedGuard = Guard & {
  /** The candidates' samples from before the change. */
  past: readonly Sample[]
  assessReporting: ReportingCheck
}
type ReportingCheck = (arms: ObservationsByArm) => GuardAssessment
/** The planned look reached with so many samples: how many of them it is about, and the one-sided error probability. */
export type BoundLooks = (samples: number) => { count: number; level: number }

interface GuardAssessment {
  decision: 'pass' | 'doubt' | 'roll-back'
  reason: string
  /** What points to harm or hides it, though harm is not proven, as a clause: no change goes on with it, not even a proven one. */
  suspicion?: string | undefined
}

const passed: GuardAssessment = { decision: 'pass', reason: '' }

/**
 * A guardrail that the control hardly uses proves nothing; one that only the candidate has stopped using does, and so does one that is
 * required: what is not seen is never passed.
 */
export function assessGuard(guard: WatchedGuard, look: LookResult, arms: ObservationsByArm, looks: BoundLooks): GuardAssessment {
  const { metric, tolerance, bounds, isRequired = false, assessReporting } = guard
  const isRelative = tolerance !== undefined
  if (look.decision === 'roll-back' && (isRelative || look.isSilent)) return { decision: 'roll-back', reason: look.reason }
  const assessed = [...bounds.map((bound) => assessGuardBound(guard, bound, look, arms, looks)), assessReporting(arms)]
  const failed =
    assessed.find(({ decision }) => decision === 'roll-back') ??
    assessed.find(({ suspicion }) => suspicion) ??
    assessed.find(({ decision }) => decision === 'doubt')
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
  looks: BoundLooks,
): GuardAssessment {
  const { side, limit, quantile } = bound
  const unit = findBuiltInMetric(metric.metric) ?? { kind: metric.kind, unit: '' }
  const name = describeBound({ quantile, [side]: limit }, unit)
  const [control, candidate] = [metric.everySampleOf(arms.control), metric.everySampleOf(arms.candidate)]
  if (candidate.length < MIN_SAMPLES_PER_ARM)
    return { decision: 'doubt', reason: `too little is known of ${metric.name}, which has to be ${name}` }
  const { count, level } = looks(candidate.length)
  const now = assessBound(candidate.toSorted((a, b) => a.at - b.at).slice(0, count), bound, metric, level)
  const wasBeyond = control.length >= MIN_SAMPLES_PER_ARM && assessBound(control, bound, metric, level).seemsBeyond
  if (wasBeyond && now.seemsBeyond && look.decision === 'roll-back') return { decision: 'roll-back', reason: look.reason }
  if (now.isBeyond && !wasBeyond) return { decision: 'roll-back', reason: `${metric.name} is not ${name}` }
  const isNoWorse = wasBeyond && look.decision === 'keep' && !isFurtherBeyond(candidate, [control, past], bound)
  if (now.isWithin || isNoWorse) return passed
  const reason = `it is not proven that ${metric.name} is ${name}`
  return { decision: 'doubt', reason, suspicion: now.seemsBeyond ? `${metric.name} seems not to be ${name}` : undefined }
}

/**
 * A check that is doubtful if the candidate's executions report a metric far less often than those of the control, or than all did before
 * the change, because a metric may stop in both arms; and if nobody reports one that is required. The newest executions do not count if
 * they may still wait for a late score: those as new as the ones that had none yet at the end of the history.
 */
export function createReportingCheck(metric: TrialMetric, history: ObservationsByArm, isRequired = false): ReportingCheck {
  const samplesOf = (executions: Executions) => metric.everySampleOf({ executions, negotiations: [] })
  const measure = (executions: Executions): Reporting => {
    const reported = samplesOf(executions).length
    return { executions: executions.length, share: executions.length > 0 ? reported / executions.length : 0 }
  }
  const past = [...history.control.executions, ...history.candidate.executions]
  const scoredUntil = newest(samplesOf(past))
  const waitMs = newest(past) - scoredUntil
  const usual = measure(past.filter(({ at }) => at <= scoredUntil))
  return ({ control, candidate }) => {
    if (isRequired && usual.share === 0 && [control, candidate].every((arm) => metric.everySampleOf(arm).length === 0))
      return suspect(`nothing reports ${metric.name}`)
    const [beside, now] = [measure(control.executions), measure(candidate.executions)]
    if (now.share < LEAST_REPORTED * beside.share)
      return doubtIfFewer(now, beside, `too few executions with the change report ${metric.name}`)
    const until = newest([...control.executions, ...candidate.executions]) - waitMs
    const due = measure(candidate.executions.filter(({ at }) => at <= until))
    return due.executions > 0 && due.share < LEAST_REPORTED * usual.share
      ? doubtIfFewer(due, usual, `far fewer executions report ${metric.name} than before the change`)
      : passed
  }
}

/** How many executions there are, and the share of them that report a metric. */
interface Reporting {
  executions: number
  share: number
}

const suspect = (reason: string): GuardAssessment => ({ decision: 'doubt', reason, suspicion: reason })

/** Of a few executions, fewer may report a metric by chance. */
function doubtIfFewer({ executions, share }: Reporting, usual: Reporting, reason: string): GuardAssessment {
  const missing = Math.round(executions * (1 - share))
  const chance = probabilityOfAtLeast(missing, executions, { share: 1 - usual.share, samples: usual.executions })
  return chance < IMPROBABLE ? suspect(reason) : { decision: 'doubt', reason }
}

type Executions = ArmObservations['executions']
const newest = (all: readonly { at: number }[]): number => all.reduce((latest, { at }) => Math.max(latest, at), -Infinity)

/** How much worse an arm that is beyond its bounds anyway may become. */
export const boundTolerance = ({ bounds }: Guard) => Math.min(...bounds.map(({ tolerance }) => tolerance))

/**
 * The looks at a bound, with as much error probability in all as for other guardrails. Between two planned looks the samples of the last
 * one count, so that it does not matter how often anybody looks. The final look, and looks after the planned ones, see everything.
 */
export function planBoundLooks(maxSamples: number, alpha: number): (final: boolean) => BoundLooks {
  const planned = planLooks(maxSamples)
  const { levels, ending } = createBoundary(
    planned.map((n) => n / maxSamples),
    alpha,
  )
  return (final) => (samples) => {
    const reached = Math.max(
      0,
      planned.findLastIndex((n) => n <= samples),
    )
    if (final && samples > planned[reached]! && samples < maxSamples)
      return { count: samples, level: ending(reached + 1, samples / maxSamples) }
    return { count: samples >= maxSamples ? samples : planned[reached]!, level: levels[reached]! }
  }
}
