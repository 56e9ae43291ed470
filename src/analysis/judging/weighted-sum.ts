import { findBuiltInMetric, type MetricKindAndDirection, type MetricName, toKindAndDirection } from '../../model/metric.ts'
import { readExecutionMetric } from '../../model/readings.ts'
import { weightedSumName } from '../../model/weighted-sum-name.ts'
import type { WeightedMetrics } from '../../model/weights.ts'
import { computeWeightedSum, toWeightedParts } from '../statistics/weighted-sum.ts'
import { type TrialMetric, toSamples, withSamples } from './trial-metric.ts'

/**
 * A weighted sum of metrics as trials judge it: one value for each execution that has all of them, so that the judge takes into account
 * how they vary together.
 */
export function toWeightedSum(weighed: WeightedMetrics, traitsOf: (name: MetricName) => MetricKindAndDirection): TrialMetric {
  const { name, label, ...declaration } = findBuiltInMetric(weightedSumName)!
  const parts = toWeightedParts(weighed, traitsOf)
  return withSamples(
    { metric: name, name: label, ...toKindAndDirection(declaration), summary: 'mean', isSigned: true },
    ({ executions }) =>
      toSamples(executions, (execution) => computeWeightedSum(parts, (part) => readExecutionMetric(part, execution))),
  )
}
