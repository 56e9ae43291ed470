import type { AlertNotice, Sink } from '../sinks/sink.ts'
import { listUntoldAlerts, recordTold } from '../store/alert-conditions.ts'
import type { Alert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Tells receivers what they do not know yet. What one of them did not get is sent again the next time, and delays nothing else. */
export class AlertTeller {
  readonly #sinks: readonly Sink[]
  readonly #onFailure: (sink: string, error: unknown) => void
  readonly #repeatedAt = new Map<string, number>()

  constructor(sinks: readonly Sink[], onFailure: (sink: string, error: unknown) => void) {
    this.#sinks = sinks
    this.#onFailure = onFailure
  }

  async tell(db: Database, now = Date.now()): Promise<void> {
    await Promise.all(
      this.#sinks.map((sink) => this.#tellOne(db, sink, now).catch((error: unknown) => this.#onFailure(sink.name, error))),
    )
  }

  async #tellOne(db: Database, sink: Sink, now: number): Promise<void> {
    const isRepeating = sink.repeatMs !== undefined && now - (this.#repeatedAt.get(sink.name) ?? 0) >= sink.repeatMs
    const notices = (await listUntoldAlerts(db, sink.name, isRepeating)).map(toNotice)
    let isComplete = true
    // Alerts with the same cause are sent together.
    for (const group of Map.groupBy(notices, ({ cause, metric }) => `${cause} ${metric}`).values()) {
      try {
        await sink.send(group)
        await recordTold(db, sink.name, group)
      } catch (error) {
        isComplete = false
        this.#onFailure(sink.name, error)
      }
    }
    if (isRepeating && isComplete) this.#repeatedAt.set(sink.name, now)
  }
}

const toNotice = ({ id, severity, cause, component, metric, subject, message, raisedAt, resolvedAt }: Alert): AlertNotice => ({
  id,
  state: resolvedAt ? 'resolved' : severity,
  cause,
  component,
  metric,
  subject,
  message,
  raisedAt,
  resolvedAt,
})
