import { WindowedCounts } from '../../client/windowed-counts.ts'

/** Counts the requests of each sender within a time window, and says when there are too many. */
export class RateLimit {
  readonly #windowMs: number
  readonly #most: () => number
  readonly #counts: WindowedCounts

  /** @param most how many each sender may make within a window */
  constructor(windowMs: number, most: () => number) {
    this.#windowMs = windowMs
    this.#most = most
    this.#counts = new WindowedCounts(windowMs)
  }

  /** Counts one. @returns seconds until the next one is answered; 0 for at once. @param now milliseconds of a monotonic clock */
  add(sender: string, now = performance.now()): number {
    const { since, count } = this.#counts.add(sender, now)
    return count > this.#most() ? Math.ceil((since + this.#windowMs - now) / 1_000) : 0
  }
}
