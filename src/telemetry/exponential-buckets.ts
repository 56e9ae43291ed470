/** The buckets of exponential histograms, whose number and width change from one export to the next. */
import type { ExponentialHistogramDataPoint } from './proto/opentelemetry/proto/metrics/v1/metrics_pb.ts'

/** Pairs of the index of a bucket and its count; bucket `i` reaches from `2^(i / 2^scale)`, exclusive, to the bound of the next. */
type Counts = readonly (readonly [index: number, count: number])[]

export interface ExponentialBuckets {
  scale: number
  zero: number
  positive: Counts
  /** By absolute value. */
  negative: Counts
}

/** The scales that the specification of OpenTelemetry's SDKs allows; beyond them, bounds are not numbers. */
const [minScale, maxScale] = [-10, 20]

/** The buckets of a data point; undefined without any that can be calculated with. */
export function readExponentialBuckets(point: ExponentialHistogramDataPoint): ExponentialBuckets | undefined {
  const { scale, zeroCount, positive, negative } = point
  if (scale < minScale || scale > maxScale) return undefined
  const countsOf = (side: typeof positive): Counts =>
    (side?.bucketCounts ?? []).flatMap((count, index) => (count > 0n ? [[side!.offset + index, Number(count)]] : []))
  return { scale, zero: Number(zeroCount), positive: countsOf(positive), negative: countsOf(negative) }
}

/** Adds buckets up, at the coarsest of their scales: there, each bucket holds two, four, … of a finer one. */
export function mergeBuckets(parts: readonly ExponentialBuckets[]): ExponentialBuckets {
  const scale = parts.reduce((coarsest, part) => Math.min(coarsest, part.scale), maxScale)
  const add = (side: 'positive' | 'negative'): Counts => {
    const counts = new Map<number, number>()
    for (const part of parts)
      for (const [index, count] of part[side]) {
        const coarse = Math.floor(index / 2 ** (part.scale - scale))
        counts.set(coarse, (counts.get(coarse) ?? 0) + count)
      }
    return [...counts].filter(([, count]) => count !== 0)
  }
  const zero = parts.reduce((sum, part) => sum + part.zero, 0)
  return { scale, zero, positive: add('positive'), negative: add('negative') }
}

/** The counts added since an earlier point; undefined if a bucket has shrunk. */
export function subtractBuckets(buckets: ExponentialBuckets, before: ExponentialBuckets): ExponentialBuckets | undefined {
  const negate = (counts: Counts) => counts.map(([index, count]) => [index, -count] as const)
  const added = mergeBuckets([
    buckets,
    { scale: before.scale, zero: -before.zero, positive: negate(before.positive), negative: negate(before.negative) },
  ])
  const counts = [added.zero, ...[...added.positive, ...added.negative].map(([, count]) => count)]
  return counts.every((count) => count >= 0) ? added : undefined
}

/**
 * A quantile, interpolated within its bucket on the logarithmic scale of the buckets, as Prometheus does with native histograms; undefined
 * without values.
 * @param share 0–1
 */
export function computeBucketQuantile(
  { scale, zero, positive, negative }: ExponentialBuckets,
  share: number,
): number | undefined {
  const bound = (index: number) => 2 ** (index / 2 ** scale)
  const ascending = [
    ...negative.toSorted(([a], [b]) => b - a).map(([index, count]) => ({ from: -bound(index + 1), to: -bound(index), count })),
    { from: 0, to: 0, count: zero },
    ...positive.toSorted(([a], [b]) => a - b).map(([index, count]) => ({ from: bound(index), to: bound(index + 1), count })),
  ]
  const rank = share * ascending.reduce((sum, { count }) => sum + count, 0)
  let below = 0
  for (const { from, to, count } of ascending) {
    if (count > 0 && below + count >= rank) return from === 0 ? 0 : from * (to / from) ** ((rank - below) / count)
    below += count
  }
  return undefined
}
