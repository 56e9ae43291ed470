import { WindowedCounts } from '../../client/windowed-counts.ts'

const windowMs = 60_000
const mostFailures = 20

/** Counts failed attempts to authenticate by address, so that nobody can try tokens without end. */
export class FailedAttempts {
  readonly #counts = new WindowedCounts(windowMs)

  /** Counts one. @returns after how many seconds the next one is answered; 0 if at once. @param now milliseconds since the epoch */
  add(address: string, now = Date.now()): number {
    const { since, count } = this.#counts.add(address, now)
    return count > mostFailures ? Math.ceil((since + windowMs - now) / 1_000) : 0
  }
}
