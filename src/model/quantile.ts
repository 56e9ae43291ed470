/** Quantiles of the response time, each a metric of its own. */
import { z } from 'zod'

const quantiles = [0.5, 0.9, 0.95, 0.99] as const
type Quantile = (typeof quantiles)[number]

export const quantileSchema = z
  // Of a literal of several values, the OpenAPI document would have the first.
  .union(
    quantiles.map((quantile) => z.literal(quantile)),
    `must be one of ${quantiles.join(', ')}`,
  )
  .optional()
  .describe('A quantile of the response time; by default the metric itself')

/** The only metric with quantiles. */
const metricWithQuantiles = 'responseTime'

/** Why a metric cannot have a quantile, as the end of a sentence; undefined if it can, or if none is requested. */
export const findQuantileProblem = (metric: string, quantile: number | undefined): string | undefined =>
  quantile === undefined || metric === metricWithQuantiles
    ? undefined
    : `${metric} has no quantiles; only ${metricWithQuantiles} has`

/** The name of a metric's quantile, such as `responseTimeP95`; that of the metric itself without one. */
export const getQuantileName = (metric: string, quantile: number | undefined): string =>
  quantile === undefined ? metric : `${metric}P${Math.round(100 * quantile)}`

const labels: Record<Quantile, string> = {
  0.5: 'median of the response time',
  0.9: '90th percentile of the response time',
  0.95: '95th percentile of the response time',
  0.99: '99th percentile of the response time',
}

/** Each quantile with its name and its label within a sentence. */
export const namedQuantiles = quantiles.map((quantile) => ({
  quantile,
  name: getQuantileName(metricWithQuantiles, quantile),
  label: labels[quantile],
}))
export type NamedQuantile = (typeof namedQuantiles)[number]

/** The quantile that a metric's name denotes. */
export const findNamedQuantile = (name: string): NamedQuantile | undefined => namedQuantiles.find((each) => each.name === name)
