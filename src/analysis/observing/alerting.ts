import {
  type AlertCondition,
  type AlertLevel,
  type AlertThreshold,
  alertLevels,
  computeHysteresis,
  getBadSide,
  type ThresholdMetric,
} from '../../model/alert-threshold.ts'

/**
 * The condition of a metric after its next value. A level is raised once values have been beyond its limit for the duration of the threshold,
 * and ends when a value is back inside the limit by the hysteresis.
 * @param at milliseconds since the epoch
 * @param afterGap values were missing before this one, so it is unknown how long it has been beyond the limit
 */
export function advanceCondition(
  condition: AlertCondition,
  threshold: AlertThreshold,
  metric: ThresholdMetric,
  value: number,
  at: number,
  afterGap = false,
): AlertCondition {
  const sign = getBadSide(threshold, metric) === 'above' ? 1 : -1
  const next: AlertCondition = {}
  for (const level of alertLevels) {
    const limit = threshold[level]
    if (limit === undefined) continue
    const before = condition[level]
    const margin = before?.isRaised ? computeHysteresis(threshold, limit, metric) : 0
    if (sign * value <= sign * limit - margin) continue
    // A clock that was set back restarts the time.
    const since = afterGap ? at : Math.min(before?.since ?? at, at)
    next[level] = { since, isRaised: before?.isRaised || at - since >= threshold.for * 1_000 }
  }
  return next
}

/** A value at a moment, milliseconds since the epoch. */
export interface TimedValue {
  value: number
  at: number
}

/**
 * The condition of a metric after several values, and the alert that is open then. An alert that was raised and ended within these values
 * stays open until the next ones, so that it is noticed.
 * @param values at least one, oldest first
 * @param gapEnds when values came again after some were missing
 */
export function advanceConditionThrough(
  condition: AlertCondition,
  threshold: AlertThreshold,
  metric: ThresholdMetric,
  values: readonly TimedValue[],
  gapEnds: readonly number[] = [],
): { levels: AlertCondition; raised: { level: AlertLevel; value: number } | undefined } {
  let levels = condition
  let worst: { level: AlertLevel; value: number } | undefined
  let before = Number.NEGATIVE_INFINITY
  for (const { value, at } of values) {
    const afterGap = gapEnds.some((end) => end > before && end <= at)
    levels = advanceCondition(levels, threshold, metric, value, at, afterGap)
    const level = findRaisedLevel(levels)
    if (level && isWorse(level, worst?.level)) worst = { level, value }
    before = at
  }
  const last = findRaisedLevel(levels)
  const isNews = worst && worst.level !== last && isWorse(worst.level, findRaisedLevel(condition))
  return { levels, raised: isNews ? worst : last && { level: last, value: values.at(-1)!.value } }
}

const isWorse = (level: AlertLevel, than: AlertLevel | undefined) =>
  alertLevels.indexOf(level) > (than === undefined ? -1 : alertLevels.indexOf(than))

/** The worst level that is raised; undefined if none is. */
export const findRaisedLevel = (condition: AlertCondition): AlertLevel | undefined =>
  alertLevels.findLast((level) => condition[level]?.isRaised)
