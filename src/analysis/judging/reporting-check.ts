/** Whether executions still report a metric: what is not seen is never passed. */

import type { AwaitedScores } from '../../model/awaited-scores.ts'
import { isNegotiationMetric } from '../../model/judged-metric.ts'
import type { JudgementCode } from '../../model/trial.ts'
import { computeUpperTailProbability } from './rare-events.ts'
import type { ArmObservations, ObservationsByArm, TrialMetric } from './trial-metric.ts'

/** A metric that executions report less often than this, relative to those of the control, may be missing where it is bad. */
const MIN_REPORTED = 0.5
/** Probability below which it is not by chance that fewer do. */
const IMPROBABLE = 0.05
/** Reports have stopped if at least this many of the newest executions have none, with a probability below this by chance. */
const MIN_SILENT = 5
const IMPROBABLY_SILENT = 0.005
/** Scores may come this many times as late as usual. */
const LATER = 2

export interface GuardAssessment {
  decision: 'pass' | 'doubt' | 'roll-back'
  reason: string
  /** Of a doubt: the code of the judgement; by default `doubtful`. */
  code?: JudgementCode
  /** A sign of harm, or something that hides it, though harm is not proven, as a clause: it stops every change, even a proven one. */
  suspicion?: string | undefined
}

export const passedAssessment: GuardAssessment = { decision: 'pass', reason: '' }
const suspect = (reason: string): GuardAssessment => ({ decision: 'doubt', reason, suspicion: reason })

export type ReportingCheck = (arms: ObservationsByArm) => GuardAssessment

type Executions = ArmObservations['executions']

/** How many executions there are, and the share of them that report a metric. */
interface Reporting {
  executions: number
  share: number
}

/**
 * A check of a trial: doubtful if the candidate's executions report a metric too rarely (`createReportingCheck`), or if the newest of them
 * do not any more, however many did before.
 * @param scoreDelayMs how long scores usually take; if unknown, the newest executions may wait for one
 */
export function createTrialReportingCheck(
  metric: TrialMetric,
  history: ObservationsByArm,
  { isRequired = false, scoreDelayMs }: { isRequired?: boolean | undefined; scoreDelayMs?: number | undefined } = {},
): ReportingCheck {
  const share = createReportingCheck(metric, history, { isRequired, scoreDelayMs })
  const stop = scoreDelayMs === undefined ? undefined : createStopCheck(metric, history, scoreDelayMs)
  return (arms) => {
    const seen = share(arms)
    return seen.decision === 'pass' ? (stop?.(arms) ?? seen) : seen
  }
}

/** A check that is doubtful if the candidate's newest executions do not report a metric, which most likely is not by chance. */
function createStopCheck(metric: TrialMetric, history: ObservationsByArm, scoreDelayMs: number): ReportingCheck {
  const { usual, waitMs } = learnReporting(metric, history, scoreDelayMs)
  return ({ control, candidate }) => {
    const until = newest([...control.executions, ...candidate.executions]) - LATER * waitMs
    const reportedUntil = newest(samplesOf(metric, candidate.executions))
    const silent = candidate.executions.filter(({ at }) => at > reportedUntil && at <= until).length
    const chance = computeUpperTailProbability(silent, silent, { share: 1 - usual.share, samples: usual.executions })
    return usual.share > 0 && silent >= MIN_SILENT && chance < IMPROBABLY_SILENT
      ? suspect(`none of the latest ${silent} executions with the change reports ${metric.name}`)
      : passedAssessment
  }
}

/**
 * A check that is doubtful if the candidate's executions report a metric far less often than those of the control, or than all did before
 * the change, because a metric may stop in both arms; and if a required one is not reported at all. The newest executions do not count if
 * they may still wait for a late score: those as new as the ones that had none yet at the end of the history, or as scores usually take.
 */
export function createReportingCheck(
  metric: TrialMetric,
  history: ObservationsByArm,
  { isRequired = false, scoreDelayMs }: { isRequired?: boolean; scoreDelayMs?: number | undefined } = {},
): ReportingCheck {
  const { usual, waitMs } = learnReporting(metric, history, scoreDelayMs)
  return ({ control, candidate }) => {
    if (isRequired && usual.share === 0 && [control, candidate].every((arm) => metric.everySampleOf(arm).length === 0))
      return suspect(`nothing reports ${metric.name}`)
    const [beside, now] = [measure(metric, control.executions), measure(metric, candidate.executions)]
    if (now.share < MIN_REPORTED * beside.share)
      return doubtIfFewer(now, beside, `too few executions with the change report ${metric.name}`)
    const until = newest([...control.executions, ...candidate.executions]) - waitMs
    const due = measure(
      metric,
      candidate.executions.filter(({ at }) => at <= until),
    )
    return due.executions > 0 && due.share < MIN_REPORTED * usual.share
      ? doubtIfFewer(due, usual, `far fewer executions report ${metric.name} than before the change`)
      : passedAssessment
  }
}

/** Scores that usually come within this time come with their executions: reports are sent in batches. */
const LATE_MS = 5_000

/**
 * The metrics of a trial that the candidate's newest executions do not report yet, if scores usually come late: of how many executions each
 * is known, and how many may still get it.
 */
export function listAwaitedScores(
  metrics: readonly TrialMetric[],
  candidate: ArmObservations,
  scoreDelayMs: number,
): AwaitedScores[] {
  if (scoreDelayMs <= LATE_MS) return []
  const from = newest(candidate.executions) - LATER * scoreDelayMs
  // A target with a bound of its own is a guardrail, too.
  const distinct = [...new Map(metrics.map((metric) => [metric.metric, metric])).values()]
  return distinct.flatMap((metric) => {
    // Negotiations tell nothing of executions.
    if (isNegotiationMetric(metric.metric)) return []
    const known = samplesOf(metric, candidate.executions)
    const isNew = ({ at }: { at: number }) => at > from
    const waiting = candidate.executions.filter(isNew).length - known.filter(isNew).length
    return waiting > 0 ? [{ metric: metric.metric, label: metric.name, known: known.length, waiting }] : []
  })
}

/** How executions usually report a metric, and for how long they may lack it. */
function learnReporting(metric: TrialMetric, { control, candidate }: ObservationsByArm, scoreDelayMs = 0) {
  const past = [...control.executions, ...candidate.executions]
  const reportedUntil = newest(samplesOf(metric, past))
  const usual = measure(
    metric,
    past.filter(({ at }) => at <= reportedUntil),
  )
  return { usual, waitMs: Math.max(scoreDelayMs, newest(past) - reportedUntil) }
}

const samplesOf = (metric: TrialMetric, executions: Executions) => metric.everySampleOf({ executions, negotiations: [] })

function measure(metric: TrialMetric, executions: Executions): Reporting {
  const reported = samplesOf(metric, executions).length
  return { executions: executions.length, share: executions.length > 0 ? reported / executions.length : 0 }
}

/** Of a few executions, fewer may report a metric by chance. */
function doubtIfFewer({ executions, share }: Reporting, usual: Reporting, reason: string): GuardAssessment {
  const missing = Math.round(executions * (1 - share))
  const chance = computeUpperTailProbability(missing, executions, { share: 1 - usual.share, samples: usual.executions })
  return chance < IMPROBABLE ? suspect(reason) : { decision: 'doubt', reason }
}

const newest = (all: readonly { at: number }[]): number => all.reduce((latest, { at }) => Math.max(latest, at), -Infinity)
