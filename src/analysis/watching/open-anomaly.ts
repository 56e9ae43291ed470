/** An anomaly that has not ended: whether it lasts, what it has become, and whether it is over. */
import type { Anomaly, AnomalyKind } from '../../model/anomaly.ts'

/** An anomaly that has not ended, with how many of its points were unusual, and how many in a row have been usual since. */
export type OpenAnomaly = Anomaly & {
  unusual: number
  calm: number
  /** Of what raised no alarm: whether it has not lasted long enough to be reported. By chance, a metric is unusual for a few points often. */
  isPending?: boolean
  /** Since when it has been worse than it was at first; its value is that of the time since then. */
  worsenedAt?: number
}

const calmSurprise = 1
/** Unusual points from which a spike is a burst, and a burst another level. */
const [burstPoints, levelPoints] = [3, 24]
/** A clear change is this many times as large as the deviations that are usual; one without an alarm, if it is for the worse, as many. */
const [clearly, withoutAlarm] = [1.2, 2]
/** A value is as before if it is at most this share of the change away from that. */
const nearBefore = 0.4

/**
 * What raised no alarm is reported once most values of a while are clearly elsewhere than nearly all before it: every change for the better, and
 * one for the worse that was not evident enough, as after a short fault that taught the detector.
 */
export function hasPersisted(open: OpenAnomaly): boolean {
  const times = open.isWorse ? withoutAlarm : clearly
  return open.unusual >= levelPoints && open.value !== null && isClearlyUnusual(open.value, open, times)
}

/** Whether an anomaly is more than chance: several values are clearly unusual, or none comes any more. */
export function isConfirmed(open: OpenAnomaly): boolean {
  return open.unusual >= burstPoints && (open.value === null || isClearlyUnusual(open.value, open))
}

/** Whether a value is clearly outside of what was usual. */
export function isClearlyUnusual(
  value: number,
  { before, usual: [low, high] }: Pick<Anomaly, 'before' | 'usual'>,
  times = clearly,
): boolean {
  return value < before - times * (before - low) || value > before + times * (high - before)
}

/** A spike that lasts is a burst, and a burst that lasts another level. More variation, but around another level, is not a change of variance. */
export function determineLastingKind({ kind, unusual, value, usual: [low, high] }: OpenAnomaly): AnomalyKind {
  const isElsewhere = value !== null && (value < low || value > high)
  const mayBeShort = kind === 'spike' || (kind === 'variance' && isElsewhere)
  if ((mayBeShort || kind === 'burst') && unusual >= levelPoints) return 'level-shift'
  return mayBeShort && unusual >= burstPoints ? 'burst' : kind
}

/**
 * Whether a point of the series is as usual again.
 * @param last the known value before it
 */
export function isBackToNormal(open: Anomaly, value: number | null, last: number | undefined, surprise: number): boolean {
  const { kind, usual, before } = open
  if (value === null) return false
  if (kind === 'stuck') return value !== last
  const isSlow = kind === 'variance' || kind === 'drift' || kind === 'season'
  // Where single values are as usual, only many together show whether it goes on.
  if (isSlow || (open.value !== null && isWithin(open.value, usual))) return surprise < calmSurprise
  // The usual level may have moved with the time of day.
  const isNear = Math.abs(value - before) <= nearBefore * Math.abs((open.value ?? before) - before)
  return isNear || isWithin(value, usual)
}

const isWithin = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high
