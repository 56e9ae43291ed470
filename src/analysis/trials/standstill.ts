import { formatDuration } from '../../model/format.ts'
import type { Judgement } from '../../model/trial.ts'
import type { ArmObservations, ObservationsByArm } from '../judging/index.ts'
import { quantile } from '../statistics/summaries.ts'

/** Nothing has finished for this many times as long as the longest pauses usually are, and longer than reports may be late. */
const LONGER = 3
/** The quantile of the pauses between executions that is among the longest, also of work that comes in bursts; and of their durations. */
const LONG = 0.98
const MIN_MS = 20_000

/**
 * The judgement of a trial within a cycle that keeps no change while the agent is not working at all: its last executions say little
 * about a change that may be the reason. The trial continues, or ends undecided.
 * @param now milliseconds since the epoch
 */
export function requireRecentExecutions(judgement: Judgement, arms: ObservationsByArm, now: number, isFinal: boolean): Judgement {
  if (judgement.decision !== 'keep') return judgement
  const times = listTimes([arms.control, arms.candidate])
  const silentMs = now - (times.at(-1) ?? now)
  if (!isUnusual(silentMs, listPauses(times))) return judgement
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
 * One that did no work before the change either is not silent because of it.
 * @param startedAt when the trial began, which ends the past; milliseconds since the epoch, like the others
 * @param since when the candidate began, or the optimizer began to hear agents without a break, if that was later
 */
export function judgeStandstill(
  judgement: Judgement,
  { past, candidate }: { past: readonly ArmObservations[]; candidate: ArmObservations },
  { startedAt, since, now }: { startedAt: number; since: number; now: number },
): Judgement {
  const times = listTimes(past)
  if (judgement.decision === 'roll-back' || times.length < MIN_PAST) return judgement
  const pauses = listPauses(times)
  const idleMs = startedAt - times.at(-1)!
  if (candidate.executions.length === 0 && isUnusual(idleMs, pauses)) return judgement
  const silentMs = now - findSilenceStart(past, candidate, since)
  const pastMs = startedAt - times[0]!
  const longestMs = pauses.reduce((longest, pauseMs) => Math.max(longest, pauseMs), idleMs)
  const isImprobable = -times.length * Math.log1p(silentMs / pastMs) < IMPROBABLE
  if (!isImprobable || silentMs <= Math.max(MIN_MS, LONGER * longestMs)) return judgement
  const missing = Math.floor((silentMs * times.length) / pastMs)
  const reason = `the candidate is silent: ${missing} executions were expected from it`
  return { ...judgement, decision: 'roll-back', code: 'silent', reason }
}

/**
 * When a candidate could have finished something again: a slow execution's time after it last did, or after it then began to work. Executions
 * that keep beginning but never finish are not waited for any longer.
 */
function findSilenceStart(
  past: readonly ArmObservations[],
  { executions, inFlight = [] }: ArmObservations,
  since: number,
): number {
  const durations = past.flatMap((arm) => arm.executions.map(({ durationMs }) => durationMs))
  const slowMs = quantile(durations, LONG) ?? 0
  const finishedAt = executions.reduce((latest, { at }) => Math.max(latest, at), since)
  const begins = inFlight.map(({ at, durationMs }) => at - durationMs)
  const begunAt = begins.length === 0 ? since : begins.reduce((first, at) => Math.min(first, at))
  return Math.max(finishedAt, Math.min(begunAt, finishedAt + LONGER * slowMs)) + slowMs
}

/** When executions finished, in order. */
const listTimes = (arms: readonly ArmObservations[]) =>
  arms.flatMap(({ executions }) => executions.map(({ at }) => at)).sort((a, b) => a - b)

const listPauses = (times: readonly number[]) => times.slice(1).map((at, index) => at - times[index]!)

/** Whether a silence is longer than the pauses usually are, and than reports may be late. */
const isUnusual = (silentMs: number, pauses: readonly number[]) =>
  silentMs > Math.max(MIN_MS, LONGER * (quantile(pauses, LONG) ?? 0))
