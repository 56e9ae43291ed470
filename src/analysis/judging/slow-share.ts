import { quantile } from '../statistics/summaries.ts'
import type { ArmObservations, TrialMetric } from './trial-metric.ts'

/**
 * A quantile as the share of executions that exceed its former value, which rises as the quantile does: what a comparison with an agent's own
 * past can judge. Any other metric is left as it is.
 * @param before the executions that show the former value
 */
export function toSlowShare(metric: TrialMetric, before: ArmObservations): TrialMetric {
  if (metric.quantile === undefined) return metric
  const limit = quantile(
    metric.samplesOf(before).map(({ value }) => value),
    metric.quantile,
  )
  if (limit === null) return metric
  const marked = (samplesOf: TrialMetric['samplesOf']): TrialMetric['samplesOf'] => {
    return (arm) => samplesOf(arm).map((sample) => ({ ...sample, value: Number(sample.value > limit) }))
  }
  // An age is no share; what has finished since shows what hung.
  const { inFlightOf: _, ...finished } = metric
  return {
    ...finished,
    name: `share of executions beyond the former ${metric.name}`,
    kind: 'proportion',
    summary: 'mean',
    quantile: undefined,
    samplesOf: marked(metric.samplesOf),
    everySampleOf: marked(metric.everySampleOf),
  }
}
