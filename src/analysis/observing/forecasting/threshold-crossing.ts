import type { JudgedMetric } from '../../../model/knob.ts'
import { metricTraits } from '../../../model/metric.ts'
import type { MetricSeries } from './metric-series.ts'

/** A threshold that a metric may cross. */
export interface ThresholdCrossing {
  /** That it is beyond the threshold at some moment within the horizon. */
  probability: number
  /** What will be measured at the end of the horizon, with a probability of 80 %; ms for times, ratios else. */
  interval: [low: number, high: number]
}

/** How far ahead: the longest time until the next cycle but one, before which a trial of the next could not have ended. */
export const horizonMs = 1_200_000
const steps = [0.25, 0.5, 0.75, 1]

/** Whether a metric is about to cross its threshold: upwards where less is better, downwards where more is. */
export function forecastCrossing(metric: JudgedMetric, series: MetricSeries, threshold: number, now: number): ThresholdCrossing {
  const beyond = steps.map((step) => {
    const above = series.probabilityAbove(now + step * horizonMs, threshold)
    return metricTraits[metric].direction === 'lower' ? above : 1 - above
  })
  const end = now + horizonMs
  return { probability: Math.max(...beyond), interval: [series.quantile(end, 0.1), series.quantile(end, 0.9)] }
}
