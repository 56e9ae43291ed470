import { JetStreamApiError, type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { InvalidArgumentError, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node'
import { describeError } from '../model/errors.ts'
import { ensureStreams, isJetStreamRefusal } from './performance-streams.ts'
import { createMessageIdHeaders, publishError } from './publish.ts'

/** A message with an id by which its receivers, and JetStream, recognize a repetition. */
export interface IdentifiedMessage {
  messageId: string
  subject: string
  /** JSON. */
  content: string
}

export interface StatusStreamOptions {
  /** The prefix of all subjects. */
  prefix?: string
  /** Called once messages are published through JetStream. */
  info: (message: string) => void
  /** Called with why JetStream cannot be used, and which messages cannot be published. */
  warn: (message: string) => void
  /**
   * How long to wait after NATS was away: programs that connect again a moment later, and do not read from JetStream, would miss
   * what is published before. By default 5 seconds, longer than clients of NATS wait between two attempts.
   */
  settleMs?: number
  /** While JetStream cannot be used, it is tried again after this time; by default a minute. */
  retryMs?: number
}

const acknowledgedWithinMs = 5_000
/** A subject that NATS refused is tried again after this time. */
const refusedForMs = 30_000
/** JetStream's error code for a message that exceeds the `max_msg_size` of its stream. */
const exceedsMaximumSize = 10_054

/**
 * Publishes messages at least once and in order: through JetStream where NATS has it, which confirms each of them and keeps them for a day;
 * otherwise for current subscribers.
 */
export class StatusStream {
  readonly #nats: NatsConnection
  readonly #options: Required<StatusStreamOptions>
  readonly #refused = new Map<string, number>()
  /** Null while it cannot be used. */
  #jetstream: JetStreamClient | null | undefined
  #triedAt = 0
  #isConnected = true
  #readyAt = 0
  #told: string | undefined
  #refusal: string | undefined

  constructor(nats: NatsConnection, { prefix = '', info, warn, settleMs = 5_000, retryMs = 60_000 }: StatusStreamOptions) {
    this.#nats = nats
    this.#options = { prefix, info, warn, settleMs, retryMs }
    void this.#watch()
  }

  /** Whether NATS is reachable, and subscribers have had time to reconnect. */
  get isReady(): boolean {
    return this.#isConnected && Date.now() >= this.#readyAt
  }

  /** Subjects that NATS does not permit now. */
  get refusedSubjects(): string[] {
    return [...this.#refused].flatMap(([subject, until]) => (until > Date.now() ? [subject] : []))
  }

  /**
   * @returns the messages that NATS has, or that it can never carry; the rest has to be published again, in the same order
   * @throws Error if NATS or JetStream does not answer now; then nothing was published
   */
  async publish<Message extends IdentifiedMessage>(messages: readonly Message[]): Promise<Message[]> {
    const isDue = this.#jetstream === null && Date.now() - this.#triedAt >= this.#options.retryMs
    if (this.#jetstream === undefined || isDue) this.#jetstream = await this.#prepare()
    return this.#jetstream ? await this.#publishOn(this.#jetstream, messages) : await this.#publishToListeners(messages)
  }

  async #publishOn<Message extends IdentifiedMessage>(
    jetstream: JetStreamClient,
    messages: readonly Message[],
  ): Promise<Message[]> {
    const done: Message[] = []
    for (const message of messages) {
      if (this.refusedSubjects.includes(message.subject)) continue
      try {
        // One after the other: JetStream stores them in the order in which it confirms them.
        await jetstream.publish(message.subject, message.content, { msgID: message.messageId, timeout: acknowledgedWithinMs })
        done.push(message)
        this.#refusal = undefined
      } catch (error) {
        this.#noteRefusal(error instanceof Error && error.cause ? error.cause : error)
        if (this.#isTooLarge(message, error)) done.push(message)
        else if (!this.refusedSubjects.includes(message.subject)) {
          this.#warnOfRefusal(message, error)
          // NATS may be away, or have lost the stream.
          this.#jetstream = undefined
          break
        }
      }
    }
    return done
  }

  async #publishToListeners<Message extends IdentifiedMessage>(messages: readonly Message[]): Promise<Message[]> {
    await this.#flush()
    for (const message of messages) {
      const { messageId, subject, content } = message
      try {
        this.#nats.publish(subject, content, { headers: createMessageIdHeaders(messageId) })
      } catch (error) {
        if (!this.#isTooLarge(message, error)) throw error
      }
    }
    await this.#flush()
    return messages.filter(({ subject }) => !this.refusedSubjects.includes(subject))
  }

  /** Resolves when NATS has what was published. @throws Error if it does not say so in time */
  async #flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('NATS is not responding')), acknowledgedWithinMs)
    })
    await Promise.race([this.#nats.flush(), late]).finally(() => clearTimeout(timer))
  }

  /** Whether NATS will never take this message, which is then given up and reported, so that it holds up no other. */
  #isTooLarge({ messageId, subject, content }: IdentifiedMessage, error: unknown): boolean {
    const isByStream = error instanceof JetStreamApiError && error.code === exceedsMaximumSize
    if (!isByStream && !(error instanceof InvalidArgumentError)) return false
    const limit = isByStream ? 'the max_msg_size of its stream' : 'its max_payload'
    const message = `NATS does not accept a message of ${Buffer.byteLength(content)} bytes on ${subject}; raise ${limit}.`
    this.#options.warn(message)
    publishError(this.#nats, { subject, code: 'message-too-large', message }, `${messageId} too large`)
    return true
  }

  /** A stream that is full, for instance, takes nothing until somebody changes that; what follows waits, in order. */
  #warnOfRefusal({ subject }: IdentifiedMessage, error: unknown): void {
    const code = error instanceof JetStreamApiError ? ` (error ${error.code})` : ''
    const refusal = `JetStream is not accepting messages on ${subject}, so they are being held back: ${describeError(error)}${code}.`
    if (refusal !== this.#refusal) this.#options.warn(refusal)
    this.#refusal = refusal
  }

  /** JetStream with the stream of these messages; null if it cannot be used, which is logged once. @throws Error if it does not answer */
  async #prepare(): Promise<JetStreamClient | null> {
    this.#triedAt = Date.now()
    try {
      if (!this.#nats.info?.jetstream) return this.#doWithout('it is not enabled')
      await ensureStreams(this.#nats, this.#options.prefix, acknowledgedWithinMs)
      this.#tell(this.#options.info, 'Status messages are published through JetStream.')
      return jetstream(this.#nats, { timeout: acknowledgedWithinMs })
    } catch (error) {
      if (!isJetStreamRefusal(error)) throw error
      return this.#doWithout(error.message)
    }
  }

  #doWithout(reason: string): null {
    const message = `JetStream cannot be used (${reason}), so programs get status messages only while they are subscribed.`
    this.#tell(this.#options.warn, message)
    return null
  }

  #tell(log: (message: string) => void, message: string): void {
    if (message !== this.#told) log(message)
    this.#told = message
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === 'disconnect') this.#isConnected = false
      if (status.type === 'reconnect') {
        this.#isConnected = true
        this.#readyAt = Date.now() + this.#options.settleMs
        this.#jetstream = undefined
      }
      if (status.type === 'error') this.#noteRefusal(status.error)
    }
  }

  #noteRefusal(error: unknown): void {
    if (error instanceof PermissionViolationError && error.operation === 'publish')
      this.#refused.set(error.subject.slice(this.#options.prefix.length), Date.now() + refusedForMs)
  }
}
