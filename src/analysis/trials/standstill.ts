import { formatDuration } from '../../model/format.ts'
import type { Judgement } from '../../model/trial.ts'
import type { ObservationsByArm } from '../judging/index.ts'
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
