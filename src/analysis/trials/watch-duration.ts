/** How long a kept change is watched for late harm. */
import type { RecordedTrial } from '../../model/records.ts'
import { MAX_WATCH_FACTOR } from '../../model/trial-limits.ts'
import { computeObservedMs } from './suspension.ts'

/**
 * How long one trial's change is watched, milliseconds: `watchMs`; after a trial outside a cycle at least as long as that was observed,
 * because an agent that works rarely needs as long again for a similar number of samples. 0 if changes are not watched at all.
 */
export function computeWatchMs(
  { observeMs, observingAt, endedAt, suspensions }: Pick<RecordedTrial, 'observeMs' | 'observingAt' | 'endedAt' | 'suspensions'>,
  watchMs: number,
): number {
  if (watchMs === 0 || observeMs === null || !observingAt || !endedAt) return watchMs
  return Math.max(watchMs, computeObservedMs(suspensions, observingAt.getTime(), endedAt.getTime()))
}

/**
 * When the watch over a kept change ends, milliseconds since the epoch: after its time, or up to twice as late while a part of that could not
 * be judged for lack of data. Null once it is over.
 */
export function planWatchEnd(
  trial: Parameters<typeof computeWatchMs>[0] & Pick<RecordedTrial, 'watchedUntil'>,
  watchMs: number,
  now: number,
): number | null {
  const { endedAt, watchedUntil } = trial
  if (!endedAt) return null
  const usualMs = computeWatchMs(trial, watchMs)
  const usual = endedAt.getTime() + usualMs
  if (now <= usual) return usualMs > 0 ? usual : null
  const latest = endedAt.getTime() + MAX_WATCH_FACTOR * usualMs
  return now <= latest && (watchedUntil ?? endedAt).getTime() < usual ? latest : null
}

/** Whether a watch goes on beyond its usual time, because a part of that could not be judged. @param now milliseconds since the epoch */
export const isWatchExtended = (trial: Parameters<typeof computeWatchMs>[0], watchMs: number, now: number): boolean =>
  trial.endedAt !== null && now > trial.endedAt.getTime() + computeWatchMs(trial, watchMs)

/** The longest that a watch waits for scores, as a share of its usual time. */
const LONGEST_WAIT = 1 / 2

/**
 * Until when a check settles what it has seen, milliseconds since the epoch: what came after that may still wait for its score, so the next
 * check sees it again. Scores that take longer than half of the watch are not waited for.
 * @param from the start of the period that is checked
 * @param watchMs the whole watch
 * @param scoreDelayMs how long scores of the agent usually take
 */
export function computeSettlingCutoff(
  { from, now }: { from: number; now: number },
  { watchMs, scoreDelayMs }: { watchMs: number; scoreDelayMs: number },
): number {
  return Math.max(from, now - Math.min(scoreDelayMs, LONGEST_WAIT * watchMs))
}
