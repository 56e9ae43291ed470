import {
  type AlertCondition,
  type AlertLevel,
  type AlertThreshold,
  alertLevels,
  directionOf,
  hysteresisOf,
  type LimitedMetric,
} from '../../model/alert-threshold.ts'

/**
 * The condition of a metric after its next value. A level is raised once values have been beyond its limit for the time of the threshold,
 * and ends when one is back behind the limit by the hysteresis.
 * @param at milliseconds since the epoch
 * @param afterGap values were missing before this one, so nobody knows how long it has been so
 */
export function advanceCondition(
  condition: AlertCondition,
  threshold: AlertThreshold,
  metric: LimitedMetric,
  value: number,
  at: number,
  afterGap = false,
): AlertCondition {
  const sign = directionOf(threshold, metric) === 'above' ? 1 : -1
  const next: AlertCondition = {}
  for (const level of alertLevels) {
    const limit = threshold[level]
    if (limit === undefined) continue
    const before = condition[level]
    const margin = before?.isRaised ? hysteresisOf(threshold, limit, metric) : 0
    if (sign * value <= sign * limit - margin) continue
    // A clock that was set back starts the time anew.
    const since = afterGap ? at : Math.min(before?.since ?? at, at)
    next[level] = { since, isRaised: before?.isRaised || at - since >= threshold.for * 1_000 }
  }
  return next
}

/** The worst level that is raised; undefined if none is. */
export const findRaisedLevel = (condition: AlertCondition): AlertLevel | undefined =>
  alertLevels.findLast((level) => condition[level]?.isRaised)
