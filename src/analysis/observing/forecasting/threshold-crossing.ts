import type { Metric } from '../../../model/metric.ts'
import type { MetricSeries } from './metric-series.ts'

/** A threshold that a metric may cross. */
export interface ThresholdCrossing {
  /** Probability that it is beyond the threshold at some moment within the horizon. */
  probability: number
  /** 80% interval of the measurement at the end of the horizon; milliseconds for times, otherwise ratios. */
  interval: [low: number, high: number]
}

/** How far ahead: the longest time until the cycle after next, because a trial of the next cycle cannot have ended before. */
export const forecastHorizonMs = 1_200_000
const steps = [0.25, 0.5, 0.75, 1]

/** Whether a metric is about to cross its threshold: upwards if less is better, downwards if more is. */
export function forecastCrossing(
  { direction }: Pick<Metric, 'direction'>,
  series: MetricSeries,
  threshold: number,
  now: number,
): ThresholdCrossing {
  const beyond = steps.map((step) => {
    const above = series.computeProbabilityAbove(now + step * forecastHorizonMs, threshold)
    return direction === 'lower' ? above : 1 - above
  })
  const end = now + forecastHorizonMs
  return { probability: Math.max(...beyond), interval: [series.quantile(end, 0.1), series.quantile(end, 0.9)] }
}
