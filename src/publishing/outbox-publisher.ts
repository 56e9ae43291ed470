import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusStream } from '../messaging/status-stream.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { describeError } from '../model/errors.ts'
import type { Database } from '../store/database.ts'
import { deleteOutboxMessages, insertOutboxMessages, listOutboxMessages, trimOutbox, tryLockOutbox } from '../store/outbox.ts'

const pollMs = 500
/** Messages that are published in one transaction. */
const maxAtOnce = 200
/** Maximum number of messages kept per subject for NATS; beyond it, the oldest are dropped. */
const maxWaiting = 100_000
const trimEveryMs = 60_000

/** Sends the messages of the outbox to NATS while it can be reached. Of several publishers, one sends at a time, so their order is kept. */
export class OutboxPublisher {
  readonly #db: Database
  readonly #stream: StatusStream
  readonly #warn: (message: string) => void
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #trimmedAt = 0
  #problem: string | undefined

  constructor(db: Database, stream: StatusStream, warn: (message: string) => void) {
    this.#db = db
    this.#stream = stream
    this.#warn = warn
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Sends what is there, and stops. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#sendSafely()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const sent = await this.#sendSafely()
      if (sent < maxAtOnce) await sleep(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** @returns how many messages were sent; a failure is reported once until it is over */
  async #sendSafely(): Promise<number> {
    try {
      await this.#trim()
      const sent = await this.#send()
      this.#problem = undefined
      return sent
    } catch (error) {
      const problem = describeError(error)
      if (problem !== this.#problem) this.#warn(`Status messages could not be published: ${problem}`)
      this.#problem = problem
      return 0
    }
  }

  async #send(): Promise<number> {
    if (!this.#stream.isReady) return 0
    return await this.#db.transaction().execute(async (trx) => {
      if (!(await tryLockOutbox(trx))) return 0
      const messages = await listOutboxMessages(trx, maxAtOnce, this.#stream.refusedSubjects)
      if (messages.length === 0) return 0
      const sent = await this.#stream.publish(messages)
      await deleteOutboxMessages(
        trx,
        sent.map(({ id }) => id),
      )
      return sent.length
    })
  }

  /** Bounds what waits for NATS. */
  async #trim(): Promise<void> {
    if (Date.now() - this.#trimmedAt < trimEveryMs) return
    this.#trimmedAt = Date.now()
    await this.#db.transaction().execute(async (trx) => {
      const given = Object.entries(await trimOutbox(trx, Object.values(performanceSubjects), maxWaiting))
      for (const [subject, count] of given) {
        const message = `More than ${maxWaiting} messages on ${subject} were waiting for NATS, so the oldest ${count} were dropped.`
        this.#warn(message)
        await insertOutboxMessages(trx, [
          { subject: performanceSubjects.errors, content: { subject, code: 'messages-lost', message } },
        ])
      }
    })
  }
}
