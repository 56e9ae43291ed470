/** A token bucket per client. */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  readonly #clients = new Map<string, { tokens: number; at: number }>()

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** Whether this client may make a request now. */
  allows(client: string): boolean {
    const now = Date.now()
    const bucket = this.#clients.get(client) ?? { tokens: this.#burst, at: now }
    this.#clients.set(client, bucket)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1_000) * this.#perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}
