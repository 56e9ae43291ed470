const shortestWindowMs = 1_000

/** Bytes per second between readings of a counter of the host. */
export class ByteRateMeter {
  readonly #readTotal: () => Promise<number | null>
  #before: { bytes: number; at: number } | undefined
  #rate: number | null = null

  /** @param readTotal the bytes that were counted since the host started; null where the system does not count them */
  constructor(readTotal: () => Promise<number | null>) {
    this.#readTotal = readTotal
  }

  /** Since the previous reading; null at the first one, and where nothing is counted. */
  async read(): Promise<number | null> {
    const at = performance.now()
    if (this.#before && at - this.#before.at < shortestWindowMs) return this.#rate
    const bytes = await this.#readTotal()
    if (bytes === null) return null
    if (this.#before) this.#rate = Math.max(0, bytes - this.#before.bytes) / ((at - this.#before.at) / 1_000)
    this.#before = { bytes, at }
    return this.#rate
  }
}
