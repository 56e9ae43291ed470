const windowMs = 60_000
const mostFailures = 20
/** Addresses that are remembered; more of them would be an attack on memory. */
const mostAddresses = 10_000

/** Counts failed attempts to authenticate by address, so that nobody can try tokens without end. */
export class FailedAttempts {
  readonly #counts = new Map<string, { since: number; count: number }>()

  /** Counts one. @returns after how many seconds the next one is answered; 0 if at once. @param now milliseconds since the epoch */
  add(address: string, now = Date.now()): number {
    const known = this.#counts.get(address)
    const entry = known && now - known.since < windowMs ? known : { since: now, count: 0 }
    entry.count++
    this.#counts.delete(address)
    this.#counts.set(address, entry)
    if (this.#counts.size > mostAddresses) this.#counts.delete(this.#counts.keys().next().value!)
    return entry.count > mostFailures ? Math.ceil((entry.since + windowMs - now) / 1_000) : 0
  }
}
