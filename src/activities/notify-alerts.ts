import type { AlertNotice, Sink } from '../sinks/sink.ts'
import { listUnsentAlerts, recordSentAlerts, type UnsentAlert } from '../store/alert-conditions.ts'
import type { Database } from '../store/database.ts'

/**
 * Sends receivers the alerts that they do not know yet, concurrently with the monitoring. An alert that was not delivered is sent again
 * the next time. A receiver that refuses a group gets the others; one that does not answer is skipped until the next time.
 */
export class AlertNotifier {
  readonly #listSinks: () => readonly Sink[]
  readonly #onFailure: (sink: string, error: unknown) => void
  readonly #repeatedAt = new Map<string, number>()

  #running: Promise<void> | undefined

  /** @param listSinks the receivers of now, which may change */
  constructor(listSinks: () => readonly Sink[], onFailure: (sink: string, error: unknown) => void) {
    this.#listSinks = listSinks
    this.#onFailure = onFailure
  }

  /** Begins to tell them, unless it does so already. */
  start(db: Database): void {
    this.#running ??= this.tell(db).finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves once nothing is being sent. */
  async finish(): Promise<void> {
    await this.#running
  }

  async tell(db: Database, now = Date.now()): Promise<void> {
    await Promise.all(
      this.#listSinks().map((sink) => this.#tellOne(db, sink, now).catch((error: unknown) => this.#onFailure(sink.name, error))),
    )
  }

  async #tellOne(db: Database, sink: Sink, now: number): Promise<void> {
    const isRepeating = sink.repeatMs !== undefined && now - (this.#repeatedAt.get(sink.name) ?? 0) >= sink.repeatMs
    const alerts = await listUnsentAlerts(db, sink.name, isRepeating)
    const notices = alerts.map(toNotice)
    const known = new Map(alerts.flatMap(({ id, known }) => (known === null ? [] : [[id, known]])))
    let isComplete = true
    // Alerts with the same cause are sent together.
    for (const group of Map.groupBy(notices, ({ cause, metric }) => `${cause} ${metric}`).values()) {
      try {
        await sink.send(group, known)
        if (!sink.recordsItself) await recordSentAlerts(db, sink.name, group)
      } catch (error) {
        isComplete = false
        this.#onFailure(sink.name, error)
        if (isTimeout(error)) break
      }
    }
    if (isRepeating && isComplete) this.#repeatedAt.set(sink.name, now)
  }
}

/** Whether the receiver did not answer in time. */
const isTimeout = (error: unknown) => error instanceof Error && error.name === 'TimeoutError'

const toNotice = ({ id, severity, resolvedAt, ...alert }: UnsentAlert): AlertNotice => {
  const { cause, component, metric, subject, agentId, host, trialId, message, raisedAt } = alert
  const state = resolvedAt ? 'resolved' : severity
  return { id, state, cause, component, metric, subject, agentId, host, trialId, message, raisedAt, resolvedAt }
}
