import type { NatsConnection } from '@nats-io/transport-node'
import { publishError } from '../messaging/publish.ts'
import type { FailureResponse } from './gateway/failure-response.ts'

/** Reports about one subject in a second: a flood of messages must not become another. */
const maxReports = 10

/** Counts the messages over NATS that could not be used, or some of whose readings could not, and reports them on `performance.errors`. */
export class InvalidMessageReporter {
  /** By subject, since the start. */
  readonly counts = new Map<string, number>()
  readonly #nats: NatsConnection
  #second = 0
  readonly #reported = new Map<string, number>()

  constructor(nats: NatsConnection) {
    this.#nats = nats
  }

  note(subject: string, { body: { error } }: Pick<FailureResponse, 'body'>): void {
    this.counts.set(subject, (this.counts.get(subject) ?? 0) + 1)
    const second = Math.floor(Date.now() / 1_000)
    if (second !== this.#second) this.#reported.clear()
    this.#second = second
    const reported = this.#reported.get(subject) ?? 0
    if (reported >= maxReports) return
    this.#reported.set(subject, reported + 1)
    publishError(this.#nats, { subject, ...error })
  }
}
