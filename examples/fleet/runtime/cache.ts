const largestSize = 5_000

/** Keeps values for a while. How long is asked at each look, so that a changed setting holds at once. */
export class Cache<Value> {
  readonly #entries = new Map<string, { value: Value; at: number }>()
  #hits = 0
  #looks = 0

  /** Share of looks that found something. */
  get hitRate(): number {
    return this.#looks === 0 ? 0 : this.#hits / this.#looks
  }

  /** The value kept under the key, or a new one where it is older than `ttlMs`. */
  async get(key: string, ttlMs: number, load: () => Promise<Value>): Promise<Value> {
    this.#looks++
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
