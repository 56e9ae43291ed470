import {
  type AlertCondition,
  type AlertLevel,
  type AlertThreshold,
  alertLevels,
  directionOf,
} from '../../model/alert-threshold.ts'
import type { Metric } from '../../model/metric.ts'

/** The share of a limit by which a value has to return behind it, unless the threshold says how far. */
const usualHysteresis = 0.02

/**
 * The condition of a metric after its next value. A level is raised once values have been beyond its limit for the time of the threshold,
 * and ends when one is back behind the limit by the hysteresis.
 * @param at milliseconds since the epoch
 */
export function advanceCondition(
  condition: AlertCondition,
  threshold: AlertThreshold,
  metric: Pick<Metric, 'direction'>,
  value: number,
  at: number,
): AlertCondition {
  const sign = directionOf(threshold, metric) === 'above' ? 1 : -1
  const next: AlertCondition = {}
  for (const level of alertLevels) {
    const limit = threshold[level]
    if (limit === undefined) continue
    const before = condition[level]
    const margin = before?.isRaised ? (threshold.hysteresis ?? Math.abs(limit) * usualHysteresis) : 0
    const isBeyond = before?.isRaised ? sign * value > sign * limit - margin : sign * value > sign * limit
    if (!isBeyond) continue
    const since = before?.since ?? at
    next[level] = { since, isRaised: before?.isRaised || at - since >= threshold.for * 1_000 }
  }
  return next
}

/** The worst level that is raised; undefined if none is. */
export const findRaisedLevel = (condition: AlertCondition): AlertLevel | undefined =>
  alertLevels.findLast((level) => condition[level]?.isRaised)
