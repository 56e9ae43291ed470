import type { Database } from '../../store/database.ts'
import { keyOf, recordSigns } from '../../store/telemetry/sources.ts'
import type { Source } from '../../telemetry/identity.ts'

/** More often than an instance has to be heard to count as live. */
const everyMs = 2_000

/**
 * Keeps instances live that send OpenTelemetry data: exporters send only now and then, so that an instance counts as live for a while
 * after its latest data.
 */
export class Presence {
  readonly #db: Database
  readonly #liveMs: number
  readonly #heard = new Map<string, { source: Source; at: number }>()
  readonly #onUnavailable: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined

  constructor(db: Database, liveMs: number, onUnavailable: (error: unknown) => void) {
    this.#db = db
    this.#liveMs = liveMs
    this.#onUnavailable = onUnavailable
  }

  /** @param now milliseconds since the epoch */
  hear(sources: Iterable<Source>, now: number): void {
    for (const source of sources) this.#heard.set(keyOf(source), { source, at: now })
  }

  start(): void {
    this.#timer = setInterval(() => void this.beat(Date.now()).catch(this.#onUnavailable), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Records that the instances heard lately are alive. */
  async beat(now: number): Promise<void> {
    for (const [key, { at }] of this.#heard) if (at < now - this.#liveMs) this.#heard.delete(key)
    await recordSigns(
      this.#db,
      [...this.#heard.values()].map(({ source }) => source),
      now,
    )
  }
}
