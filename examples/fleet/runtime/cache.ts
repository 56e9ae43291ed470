const largestSize = 5_000

/** Caches values for a while. Each lookup gives the lifetime, so that a changed setting applies at once. */
export class Cache<Value> {
  readonly #entries = new Map<string, { value: Value; at: number }>()
  #hits = 0
  #lookups = 0

  /** Share of lookups that were hits. */
  get hitRate(): number {
    return this.#lookups === 0 ? 0 : this.#hits / this.#lookups
  }

  /** The cached value of the key, or a new one if it is missing or older than `ttlMs`. */
  async get(key: string, ttlMs: number, load: () => Promise<Value>): Promise<Value> {
    this.#lookups++
    const entry = this.#entries.get(key)
    if (entry && Date.now() - entry.at < ttlMs) {
      this.#hits++
      return entry.value
    }
    const value = await load()
    this.#entries.delete(key)
    this.#entries.set(key, { value, at: Date.now() })
    if (this.#entries.size > largestSize) this.#entries.delete(this.#entries.keys().next().value!)
    return value
  }
}
