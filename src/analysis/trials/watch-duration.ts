/** How long a kept change is watched for late harm. */
import type { RecordedTrial } from '../../model/records.ts'
import type { TrialLimits } from '../../model/trial-limits.ts'
import { computeObservedMs } from './suspension.ts'

/**
 * How long one trial's change is watched, milliseconds: `watchMs`; after a trial outside a cycle at least as long as that was observed,
 * because an agent that works rarely needs as long again for a similar number of samples. Never, if nothing is watched at all.
 */
export function computeWatchMs(
  { observeMs, observingAt, endedAt, suspensions }: Pick<RecordedTrial, 'observeMs' | 'observingAt' | 'endedAt' | 'suspensions'>,
  watchMs: number,
): number {
  if (watchMs === 0 || observeMs === null || !observingAt || !endedAt) return watchMs
  return Math.max(watchMs, computeObservedMs(suspensions, observingAt.getTime(), endedAt.getTime()))
}

/** The longest watch of any trial, milliseconds: one outside a cycle is observed up to `longestHours` in each of its two steps. */
export const computeLongestWatchMs = ({ watchMs, longestHours }: Pick<TrialLimits, 'watchMs' | 'longestHours'>): number =>
  watchMs === 0 ? 0 : Math.max(watchMs, 2 * longestHours * 3_600_000)
