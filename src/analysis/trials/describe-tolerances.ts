import { joinWithAnd } from '../../model/format.ts'
import { getMetric, type MetricCatalogue, toMetricKind } from '../../model/metric.ts'
import type { Objective } from '../../model/objective.ts'
import { formatMetricWithQuantile } from '../../model/objective-text.ts'
import { roundToDecimals } from '../statistics/rounding.ts'
import { defaultTolerances, worthwhileEffect } from '../statistics/worthwhile-effect.ts'

/** The tolerances of trials for an objective beyond those that it states: by how much a bound may be missed, and how much success rate may be lost. */
export function describeTolerances({ subjectTo, tolerate }: Objective, catalogue: MetricCatalogue): string {
  const size = (name: string, share: number) =>
    `${roundToDecimals(100 * share)}${toMetricKind(getMetric(catalogue, name).kind) === 'proportion' ? ' points' : '%'}`
  const bounds = subjectTo.map(
    ({ metric, quantile, tolerance = worthwhileEffect[toMetricKind(getMetric(catalogue, metric).kind)] }) =>
      `${formatMetricWithQuantile(metric, quantile)} may miss its bound by ${size(metric, tolerance)}`,
  )
  const isFree = tolerate.successRate === undefined && subjectTo.every(({ metric }) => metric !== 'successRate')
  const losses = isFree ? [`successRate may lose ${size('successRate', defaultTolerances.successRate)}`] : []
  const all = [...bounds, ...losses]
  return all.length > 0 ? `Tolerated unless the objective says otherwise: ${joinWithAnd(all)}.` : ''
}
