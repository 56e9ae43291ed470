import type { MetricForecast, MetricLimit } from '../../../model/forecast.ts'
import { describeCrossing } from '../../../model/forecast-text.ts'
import type { MetricPoint } from '../../../model/history.ts'
import type { Metric } from '../../../model/metric.ts'
import { forecastSeries } from './forecast-series.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** The mean of a step, the longest first; the forecast is of at most as many steps as a day has hours. */
const stepsMs = [60 * minuteMs, 10 * minuteMs, minuteMs]
const maxAhead = 24
const hoursOfDay = 24
/** The fewest steps that were measured. */
const fewest = 20
/** A metric without a value for this many times its usual interval is missing: how it continues is unknown. */
const awayAfter = 3

/**
 * The forecast of a metric with its 80% interval, and when it crosses a limit; from hourly means if a day is known, else from shorter ones. It
 * reaches half as far as the history. Undefined if fewer than twenty steps were measured, or none recently.
 * @param points oldest first
 * @param now milliseconds since the epoch
 */
export function forecastMetric(
  points: readonly MetricPoint[],
  { metric, limits, now }: { metric: Pick<Metric, 'kind' | 'unit'>; limits: readonly MetricLimit[]; now: number },
): MetricForecast | undefined {
  for (const stepMs of stepsMs) {
    const values = toSteps(points, stepMs, now)
    const measured = values.filter((value) => value !== null).length
    const until = values.findLastIndex((value) => value !== null) + 1
    if (measured < fewest || values.length - until > (awayAfter * until) / measured) continue
    const steps = Math.min(maxAhead, Math.floor(values.length / 2))
    const isNatural = values.every((value) => value === null || value >= 0)
    const range = { ...(isNatural && { min: 0 }), ...(metric.kind === 'proportion' && { max: 1 }) }
    const ahead = forecastSeries(values, { steps, ...range, ...(stepMs * hoursOfDay === dayMs && { season: hoursOfDay }) })
    const timeOf = (step: number) => (step === -1 ? null : now + (step + 1) * stepMs)
    const last = values.findLast((value) => value !== null)!
    const crossings = limits.flatMap((limit) => {
      const isBeyond = (value: number) => (limit.side === 'above' ? value > limit.value : value < limit.value)
      const find = (probability: number) => {
        const share = limit.side === 'above' ? 1 - probability : probability
        return timeOf(ahead.findIndex(({ quantile }) => isBeyond(quantile(share))))
      }
      const earliest = find(0.1)
      if (isBeyond(last) || earliest === null) return []
      const crossing = { ...limit, at: find(0.5), earliest, latest: find(0.9) }
      return [{ ...crossing, text: describeCrossing(crossing, metric) }]
    })
    const series = ahead.map(({ median, quantile }, step): MetricForecast['series'][number] => [
      timeOf(step)!,
      quantile(0.1),
      median,
      quantile(0.9),
    ])
    return { stepMs, series, crossings }
  }
  return undefined
}

/** The mean of each step from the first point until now; null where nothing was measured. */
function toSteps(points: readonly MetricPoint[], stepMs: number, now: number): (number | null)[] {
  const length = points.length === 0 ? 0 : Math.ceil((now - points[0]!.at) / stepMs)
  const sums = Array.from({ length }, () => ({ sum: 0, count: 0 }))
  for (const { at, value } of points) {
    const step = sums[length - 1 - Math.floor((now - at) / stepMs)]
    if (!step) continue
    step.sum += value
    step.count++
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count))
}
