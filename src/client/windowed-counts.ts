/** Keys that are remembered; more of them would be an attack on memory. */
const maxKeys = 10_000

interface Count {
  /** When the window began, with the first one. */
  since: number
  count: number
}

/** Counts by key what happens within a window of time. */
export class WindowedCounts {
  readonly #windowMs: number
  readonly #counts = new Map<string, Count>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Counts one. @returns how many there were since its window began @param now milliseconds, by a clock that nobody sets */
  add(key: string, now = performance.now()): Count {
    const known = this.#counts.get(key)
    const entry = known && now - known.since < this.#windowMs ? known : { since: now, count: 0 }
    entry.count++
    this.#counts.delete(key)
    this.#counts.set(key, entry)
    if (this.#counts.size > maxKeys) this.#counts.delete(this.#counts.keys().next().value!)
    return entry
  }
}
