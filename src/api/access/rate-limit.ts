import { WindowedCounts } from '../../client/windowed-counts.ts'

/** Counts what each sender does within a window of time, and says when it is too much. */
export class RateLimit {
  readonly #windowMs: number
  readonly #most: () => number
  readonly #counts: WindowedCounts

  /** @param most what a sender may do within a window */
  constructor(windowMs: number, most: () => number) {
    this.#windowMs = windowMs
    this.#most = most
    this.#counts = new WindowedCounts(windowMs)
  }

  /** Counts one. @returns after how many seconds the next one is answered; 0 if at once. @param now milliseconds, by a clock that nobody sets */
  add(sender: string, now = performance.now()): number {
    const { since, count } = this.#counts.add(sender, now)
    return count > this.#most() ? Math.ceil((since + this.#windowMs - now) / 1_000) : 0
  }
}
