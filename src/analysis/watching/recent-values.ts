import { OptimizerError } from '../../model/errors.ts'
import { packNumbers, unpackNumbersInto } from '../anomalies/packed-state.ts'

/** Values that are remembered one by one, and steps in which the causes of what begins are looked for. */
export const maxRememberedPoints = 240
/** Fewer known values before something do not tell what was usual. */
export const minPastValues = 20
/** Points before the beginning that may belong to it. */
const margin = 3

/** The same as JSON. */
export interface SavedValues {
  at: string
  values: string
}

/** The latest known values of a series, oldest first. */
export class RecentValues {
  private readonly times: Float64Array
  private readonly values: Float64Array
  private count = 0

  /** @throws OptimizerError `detector-state-invalid` */
  constructor(saved?: SavedValues) {
    // One buffer takes less memory than two.
    const numbers = new Float64Array(2 * maxRememberedPoints)
    this.times = numbers.subarray(0, maxRememberedPoints)
    this.values = numbers.subarray(maxRememberedPoints)
    if (saved) this.restore(saved)
  }

  private restore({ at, values }: SavedValues): void {
    const count = (Buffer.byteLength(at, 'base64') / this.times.BYTES_PER_ELEMENT) | 0
    const isRestored =
      count <= maxRememberedPoints &&
      unpackNumbersInto(at, this.times.subarray(0, count)) &&
      unpackNumbersInto(values, this.values.subarray(0, count))
    if (!isRestored) throw new OptimizerError('detector-state-invalid', 'The recent values of a saved series are damaged.')
    this.count = count
  }

  get saved(): SavedValues {
    return {
      at: packNumbers(this.times.subarray(0, this.count)),
      values: packNumbers(this.values.subarray(0, this.count)),
    }
  }

  get length(): number {
    return this.count
  }

  /** The time of the newest one, milliseconds since the epoch. */
  get latestAt(): number | undefined {
    return this.times[this.count - 1]
  }

  /** The value before the newest one. */
  get secondLatest(): number | undefined {
    return this.values[this.count - 2]
  }

  /** @param at later than those before */
  add(at: number, value: number): void {
    if (this.count === maxRememberedPoints) {
      this.times.copyWithin(0, 1)
      this.values.copyWithin(0, 1)
      this.count--
    }
    this.times[this.count] = at
    this.values[this.count++] = value
  }

  /** The values before and since a time. Of a time before the remembered values, the earliest of them are those before. */
  split(since: number): { past: number[]; present: number[] } {
    const first = this.indexOf(since)
    const past = Math.max(minPastValues, first - margin)
    return { past: this.slice(0, past), present: this.slice(Math.max(first, past)) }
  }

  /** The newest values that all are as asked for, none of them before a time, and when the first of them came. */
  takeNewest(since: number, isWanted: (value: number) => boolean): { values: number[]; from: number | undefined } {
    const earliest = this.indexOf(since)
    let first = this.count
    while (first > earliest && isWanted(this.values[first - 1]!)) first--
    return { values: this.slice(first), from: this.times.subarray(0, this.count)[first] }
  }

  /** Those of the last `length` steps up to a time, at equal steps, the newest last. */
  listSteps(until: number, length: number, stepMs: number): (number | null)[] {
    const values = new Array<number | null>(length).fill(null)
    for (let i = 0; i < this.count; i++) {
      const index = length - 1 - Math.round((until - this.times[i]!) / stepMs)
      if (index >= 0 && index < length) values[index] = this.values[i]!
    }
    return values
  }

  private indexOf(since: number): number {
    let index = this.count
    while (index > 0 && this.times[index - 1]! >= since) index--
    return index
  }

  private slice(from: number, to = this.count): number[] {
    return [...this.values.subarray(from, Math.min(to, this.count))]
  }
}
