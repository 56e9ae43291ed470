import { type Msg, type NatsConnection, PermissionViolationError, type Subscription } from '@nats-io/transport-node'
import { decodeText } from './decode-text.ts'

const retryMs = 1_000

/** @returns the response as JSON; never rejects */
type Answer = (text: string) => Promise<string>

/** Answers the requests on a NATS subject. While NATS does not permit the subscription, it is tried again every second. */
export class SubjectServer {
  readonly #nats: NatsConnection
  readonly #subject: string
  readonly #queue: string | undefined
  readonly #answer: Answer
  readonly #underWay = new Set<Promise<void>>()
  #subscription: Subscription
  #retry: NodeJS.Timeout | undefined
  #stopped = false

  constructor(nats: NatsConnection, subject: string, answer: Answer, queue?: string) {
    this.#nats = nats
    this.#subject = subject
    this.#queue = queue
    this.#answer = answer
    this.#subscription = this.#subscribe()
    void this.#watch()
  }

  /** Takes no further requests and answers those it has taken. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    await this.#subscription.drain().catch(() => undefined)
    await Promise.all(this.#underWay)
  }

  #subscribe(): Subscription {
    return this.#nats.subscribe(this.#subject, {
      queue: this.#queue,
      // A refusal is reported here with an empty message. `#watch` sees it too.
      callback: (error, message) => {
        if (!error) this.#take(message)
      },
    })
  }

  #take(message: Msg): void {
    const answering = this.#respond(message).finally(() => this.#underWay.delete(answering))
    this.#underWay.add(answering)
  }

  async #respond(message: Msg): Promise<void> {
    const text = await this.#answer(decodeText(message.data))
    try {
      message.respond(text)
    } catch {
      // The connection was closed in the meantime, or NATS does not carry a message of this size. The request times out.
    }
  }

  /** NATS reports the refusal of a subscription in force, which a new configuration brings, only as an error of the connection. */
  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue
      const { operation, subject } = status.error
      if (operation === 'subscription' && subject === this.#subscription.getSubject())
        this.#retry ??= setTimeout(() => this.#subscribeAgain(), retryMs).unref()
    }
  }

  #subscribeAgain(): void {
    this.#retry = undefined
    if (this.#stopped || this.#nats.isClosed() || this.#nats.isDraining()) return
    this.#subscription.unsubscribe()
    this.#subscription = this.#subscribe()
  }
}
