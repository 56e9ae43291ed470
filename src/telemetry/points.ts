/** The data points of a metric, whatever its type, as numbers that can be added up. */
import type { StatisticName } from '../model/metric.ts'
import { computeBucketQuantile, type ExponentialBuckets, mergeBuckets, readExponentialBuckets } from './exponential-buckets.ts'
import type { KeyValue } from './proto/opentelemetry/proto/common/v1/common_pb.ts'
import { AggregationTemporality, type Metric } from './proto/opentelemetry/proto/metrics/v1/metrics_pb.ts'
import { toMs } from './spans.ts'

/** One data point of one series. */
export interface DataPoint {
  attributes: KeyValue[]
  /** Milliseconds since the epoch. */
  at: number
  /** When its sum began, nanoseconds since the epoch. */
  start: bigint
  content: PointContent
}

/**
 * `value` is of a gauge or a sum; the rest is of a histogram, whose last bucket has no bound. Buckets are missing if it has none; those of an
 * exponential histogram are `exponential`.
 */
export type PointContent =
  | { value: number }
  | {
      count: number
      sum: number | undefined
      bounds: readonly number[]
      buckets: readonly number[]
      exponential?: ExponentialBuckets | undefined
    }

/** How the points of a metric relate to those before: a level is taken as it is, an increase is since the last point or since its start. */
export type Temporality = 'level' | 'increase' | 'running-sum'

/** `NO_RECORDED_VALUE`: the series has ended. */
const noValue = 1

/** The points of a metric that have a value, and how to interpret them; or why they cannot be used. */
export function readPoints({
  data,
}: Metric): { points: DataPoint[]; meaning: Temporality } | { points: unknown[]; problem: string } {
  switch (data.case) {
    case 'gauge':
    case 'sum': {
      const points = data.value.dataPoints
        .filter(({ flags }) => (flags & noValue) === 0)
        .map((point) => ({ ...commonOf(point), content: { value: Number(point.value.value ?? Number.NaN) } }))
      if (data.case === 'gauge') return { points, meaning: 'level' }
      const isDelta = data.value.aggregationTemporality === AggregationTemporality.DELTA
      // A quantity that may also go down, such as the length of a queue, is a level once it is added up.
      if (data.value.isMonotonic) return { points, meaning: isDelta ? 'increase' : 'running-sum' }
      return isDelta
        ? { problem: 'reports a change in a level, not the level; export it with cumulative temporality', points }
        : { points, meaning: 'level' }
    }
    case 'histogram':
    case 'exponentialHistogram': {
      const meaning = data.value.aggregationTemporality === AggregationTemporality.DELTA ? 'increase' : 'running-sum'
      const points = data.value.dataPoints
        .filter(({ flags }) => (flags & noValue) === 0)
        .map((point) => {
          const { sum } = point
          const count = Number(point.count)
          if (!('explicitBounds' in point))
            return {
              ...commonOf(point),
              content: { count, sum, bounds: [], buckets: [], exponential: readExponentialBuckets(point) },
            }
          const buckets = point.bucketCounts.map(Number)
          const bounds = buckets.length > 0 ? point.explicitBounds : []
          return { ...commonOf(point), content: { count, sum, bounds, buckets } }
        })
      return { points, meaning }
    }
    case 'summary':
      return { problem: 'is a summary, whose quantiles cannot be combined', points: data.value.dataPoints }
    default:
      return { points: [], meaning: 'level' }
  }
}

const commonOf = (point: { attributes: KeyValue[]; timeUnixNano: bigint; startTimeUnixNano: bigint }) => ({
  attributes: point.attributes,
  at: toMs(point.timeUnixNano),
  start: point.startTimeUnixNano,
})

/** Whether it was measured at least once: the sum of nothing is 0, but it has no mean and no quantiles. */
export const hasValue = (content: PointContent, statistic: StatisticName): boolean =>
  'value' in content || content.count > 0 || statistic === 'sum' || statistic === 'count'

/**
 * One value from several series of an instance at a time: levels and sums are added up, gauges averaged, histograms merged. A quantile
 * is interpolated within its bucket, as Prometheus does; one in the last bucket of a histogram with bounds is its lower bound.
 * @param contents at least one, each of which has a value
 * @returns undefined if it cannot be computed from them
 */
export function summarizePoints(
  contents: readonly PointContent[],
  statistic: StatisticName,
  isAdded: boolean,
): number | undefined {
  const values = contents.flatMap((content) => ('value' in content ? [content.value] : []))
  if (values.length > 0) return total(values) / (isAdded ? 1 : values.length)
  const histograms = contents.flatMap((content) => ('value' in content ? [] : [content]))
  const count = total(histograms.map((one) => one.count))
  if (statistic === 'count') return count
  if (statistic === 'mean' || statistic === 'sum') {
    const sums = histograms.flatMap(({ sum, count }) => sum ?? (count === 0 ? 0 : []))
    if (sums.length < histograms.length) return undefined
    return statistic === 'sum' ? total(sums) : total(sums) / count
  }
  const share = Number(statistic.slice(1)) / 100
  const exponential = histograms.flatMap((one) => one.exponential ?? [])
  if (exponential.length === histograms.length) return computeBucketQuantile(mergeBuckets(exponential), share)
  const [{ bounds, buckets }] = histograms as [(typeof histograms)[0]]
  const merged = buckets.map((_, index) => total(histograms.map((one) => one.buckets[index] ?? 0)))
  const isAlike = histograms.every((one) => one.bounds.join() === bounds.join())
  return isAlike ? interpolate(bounds, merged, share) : undefined
}

function interpolate(bounds: readonly number[], buckets: readonly number[], share: number): number | undefined {
  if (bounds.length === 0) return undefined
  const rank = share * total(buckets)
  let below = 0
  for (const [index, within] of buckets.entries()) {
    if (below + within >= rank && within > 0) {
      const upper = bounds[index]
      if (upper === undefined) return bounds.at(-1)
      const lower = bounds[index - 1] ?? Math.min(0, upper)
      return lower + ((upper - lower) * (rank - below)) / within
    }
    below += within
  }
  return undefined
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
