import { formatDuration } from '../../model/format.ts'
import type { Judgement } from '../../model/trial.ts'
import type { ArmObservations, ObservationsByArm } from '../judging/index.ts'
import { quantile } from '../statistics/summaries.ts'

/** Nothing has finished for this many times as long as the longest pauses usually are, and longer than reports may be late. */
const LONGER = 3
/** The quantile of the pauses between executions that is among the longest, also of work that comes in bursts. */
const LONG = 0.98
const MIN_MS = 20_000

/**
 * The judgement of a trial within a cycle that keeps no change while the agent is not working at all: its last executions say little
 * about a change that may be the reason. The trial continues, or ends undecided.
 * @param now milliseconds since the epoch
 */
export function requireRecentWork(judgement: Judgement, arms: ObservationsByArm, now: number, isFinal: boolean): Judgement {
  if (judgement.decision !== 'keep') return judgement
  const times = [...arms.control.executions, ...arms.candidate.executions].map(({ at }) => at).sort((a, b) => a - b)
  const usualMs =
    quantile(
      times.slice(1).map((at, index) => at - times[index]!),
      LONG,
    ) ?? 0
  const silentMs = now - (times.at(-1) ?? now)
  if (silentMs <= Math.max(MIN_MS, LONGER * usualMs)) return judgement
  const reason = `${judgement.reason}, but no execution has finished for ${formatDuration(silentMs)}`
  return { ...judgement, reason, code: 'doubtful', decision: isFinal ? 'undecided' : 'continue' }
}

/** Fewer executions of the past do not show how long pauses are. */
const MIN_PAST = 20
/** Log probability below which a silence is not due to chance. */
const IMPROBABLE = -15

/**
 * The judgement of a trial within a cycle whose only instance has stopped working since its change: nothing has finished for far longer than the
 * longest pause of its past, nor than its usual pace explains (gamma-Poisson predictive distribution). It is rolled back as a silent one.
 * @param since when the candidate began, or the optimizer began to hear agents without a break, if that was later; milliseconds since the epoch
 */
export function noticeStandstill(
  judgement: Judgement,
  { past, candidate }: { past: readonly ArmObservations[]; candidate: ArmObservations },
  { since, now }: { since: number; now: number },
): Judgement {
  const timesOf = (arms: readonly ArmObservations[]) => arms.flatMap(({ executions }) => executions.map(({ at }) => at))
  const times = timesOf(past).sort((a, b) => a - b)
  if (judgement.decision === 'roll-back' || times.length < MIN_PAST) return judgement
  const silentMs = now - timesOf([candidate]).reduce((latest, at) => Math.max(latest, at), since)
  const pastMs = times.at(-1)! - times[0]!
  const longestMs = times.slice(1).reduce((longest, at, index) => Math.max(longest, at - times[index]!), 0)
  const isImprobable = -times.length * Math.log1p(silentMs / pastMs) < IMPROBABLE
  if (!isImprobable || silentMs <= Math.max(MIN_MS, LONGER * longestMs)) return judgement
  const missing = Math.floor((silentMs * times.length) / pastMs)
  const reason = `the candidate is silent: ${missing} executions were expected from it`
  return { ...judgement, decision: 'roll-back', code: 'silent', reason }
}
