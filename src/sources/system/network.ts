import { readFile } from 'node:fs/promises'
import { parseTotalBytes } from '../../measuring/network-traffic.ts'

const shortestWindowMs = 1_000

/** Traffic of all interfaces except loopback, from Linux's counters; other platforms would need an external program. */
export class NetworkMeter {
  #before: { bytes: number; at: number } | undefined
  #rate: number | null = null

  /** Bytes per second, in plus out, since the previous reading; null at the first one and on other platforms. */
  async read(): Promise<number | null> {
    const at = performance.now()
    if (this.#before && at - this.#before.at < shortestWindowMs) return this.#rate
    const bytes = await readFile('/proc/net/dev', 'utf8').then(parseTotalBytes, () => null)
    if (bytes === null) return null
    if (this.#before) this.#rate = Math.max(0, bytes - this.#before.bytes) / ((at - this.#before.at) / 1_000)
    this.#before = { bytes, at }
    return this.#rate
  }
}
