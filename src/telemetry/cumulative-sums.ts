import { subtractBuckets } from './exponential-buckets.ts'
import type { DataPoint, PointContent } from './points.ts'

/** Series that are remembered; beyond it, the one that was heard longest ago is forgotten. */
const maxSeries = 100_000

type LastPoint = Pick<DataPoint, 'at' | 'start' | 'content'>

/** Points of running sums that were read, by series; they count as read once they are stored. */
export type UncommittedSums = Map<string, LastPoint>

/**
 * The last points of sums since a start; only their increase is new information. They are in memory: after a restart, and of each series,
 * the first point gives no increase.
 */
export class CumulativeSums {
  readonly #last = new Map<string, LastPoint>()

  /** The increase since the last point of a series; undefined for the first, or one that arrives again or late. */
  increase(series: string, { at, start, content }: DataPoint, read: UncommittedSums): PointContent | undefined {
    const last = this.#last.get(series)
    if (last && at <= last.at) return undefined
    read.set(series, { at, start, content })
    if (!last) return undefined
    // A process that started again counts from zero.
    return last.start === start ? (subtract(content, last.content) ?? content) : content
  }

  /** Remembers points once they are stored: a request that fails is sent again. */
  keep(read: UncommittedSums): void {
    for (const [series, point] of read) {
      this.#last.delete(series)
      this.#last.set(series, point)
    }
    for (const series of this.#last.keys()) {
      if (this.#last.size <= maxSeries) break
      this.#last.delete(series)
    }
  }
}

/** Undefined if it is less than before, or has other buckets. */
function subtract(content: PointContent, before: PointContent): PointContent | undefined {
  if ('value' in content)
    return 'value' in before && content.value >= before.value ? { value: content.value - before.value } : undefined
  if ('value' in before || content.count < before.count || content.bounds.join() !== before.bounds.join()) return undefined
  const sum = content.sum === undefined || before.sum === undefined ? undefined : content.sum - before.sum
  return {
    ...content,
    count: content.count - before.count,
    sum,
    buckets: content.buckets.map((bucket, index) => bucket - before.buckets[index]!),
    exponential: content.exponential && before.exponential && subtractBuckets(content.exponential, before.exponential),
  }
}
