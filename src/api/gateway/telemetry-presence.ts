import type { Database } from '../../store/database.ts'
import { recordLiveness } from '../../store/telemetry/sources.ts'
import { getInstanceKey, type TelemetryInstance } from '../../telemetry/identity.ts'

/** Shorter than the silence after which an instance no longer counts as live. */
const everyMs = 2_000
/** Maximum number of instances remembered: senders choose their names, so there may be any number of them. */
const maxHeard = 100_000

/**
 * Keeps instances live that send OpenTelemetry data: exporters send only now and then, so that an instance counts as live for a while
 * after its latest data.
 */
export class TelemetryPresence {
  readonly #db: Database
  readonly #liveMs: number
  /** The one heard last comes last. */
  readonly #heard = new Map<string, { instance: Pick<TelemetryInstance, 'agentId' | 'instanceId'>; at: number }>()
  readonly #onUnavailable: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined

  constructor(db: Database, liveMs: number, onUnavailable: (error: unknown) => void) {
    this.#db = db
    this.#liveMs = liveMs
    this.#onUnavailable = onUnavailable
  }

  /** Records at once that an instance is alive that was not heard lately. @param now milliseconds since the epoch */
  async hear(sources: Iterable<TelemetryInstance>, now: number): Promise<void> {
    const returned: TelemetryInstance[] = []
    for (const source of sources) {
      const key = getInstanceKey(source)
      if (!this.#heard.delete(key)) returned.push(source)
      this.#heard.set(key, { instance: { agentId: source.agentId, instanceId: source.instanceId }, at: now })
    }
    for (const key of this.#heard.keys()) {
      if (this.#heard.size <= maxHeard) break
      this.#heard.delete(key)
    }
    await recordLiveness(this.#db, returned, now)
  }

  start(): void {
    this.#timer = setInterval(() => void this.beat(Date.now()).catch(this.#onUnavailable), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Records that the instances heard lately are alive. */
  async beat(now: number): Promise<void> {
    for (const [key, { at }] of this.#heard) {
      if (at >= now - this.#liveMs) break
      this.#heard.delete(key)
    }
    await recordLiveness(
      this.#db,
      [...this.#heard.values()].map(({ instance }) => instance),
      now,
    )
  }
}
