import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { OptimizerError } from '../model/errors.ts'
import { pluralize } from '../model/format.ts'
import { ReportBuffer, type ReportKind, type ReportLists } from './report-buffer.ts'
import type { InstanceIdentity, Transport } from './transport.ts'
import { warnOnce } from './warning.ts'

const sendEveryMs = 1_000
const longestRetryMs = 5_000
/** Codes of failures that a retry would also run into. */
const hopeless = new Set(['invalid-request', 'too-large', 'defect'])

/** Buffers the agent's reports and sends them in batches. Never throws and never blocks the agent. */
export class Reporter {
  readonly #identity: InstanceIdentity
  readonly #transport: Transport
  readonly #buffer = new ReportBuffer()
  readonly #timer: NodeJS.Timeout
  /** Kept with its id until it is answered: the optimizer counts a batch that arrives twice only once. */
  #unanswered: { batchId: string; size: number; lists: ReportLists } | undefined
  #sending: Promise<void> | undefined
  #failures = 0
  #retryAt = 0
  #refused = 0
  #rejected = 0

  constructor(identity: InstanceIdentity, transport: Transport) {
    this.#identity = { agentId: identity.agentId, instanceId: identity.instanceId }
    this.#transport = transport
    this.#timer = setInterval(() => this.#send(), sendEveryMs)
  }

  /** Entries refused at the call, dropped because the buffer was full, and rejected by the optimizer. */
  get losses(): { refused: number; dropped: number; rejected: number } {
    return { refused: this.#refused, dropped: this.#buffer.dropped, rejected: this.#rejected }
  }

  add(list: ReportKind, entry: unknown): void {
    try {
      this.#buffer.add(list, entry)
    } catch (error) {
      this.#refused++
      warnOnce(`refused ${list}`, `A malformed report in ${list} was refused: ${error instanceof Error ? error.message : error}.`)
    }
    if (this.#buffer.dropped > 0)
      warnOnce('dropped', 'The report buffer is full because the optimizer is away; the oldest reports are dropped.')
    if (this.#buffer.hasFullBatch) this.#send()
  }

  /** Resolves when everything reported so far is answered, or after `deadlineMs`. */
  async flush(deadlineMs: number): Promise<void> {
    const deadline = Date.now() + deadlineMs
    this.#retryAt = 0
    while (!this.#buffer.isEmpty || this.#unanswered) {
      const left = deadline - Date.now()
      if (left <= 0) return
      this.#send()
      await Promise.race([this.#sending ?? delay(Math.min(left, 50)), delay(left, undefined, { ref: false })])
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #send(): void {
    if (this.#sending || Date.now() < this.#retryAt || (this.#buffer.isEmpty && !this.#unanswered)) return
    this.#sending = this.#sendBatch().finally(() => {
      this.#sending = undefined
      if (this.#buffer.hasFullBatch) this.#send()
    })
  }

  async #sendBatch(): Promise<void> {
    this.#unanswered ??= { batchId: randomUUID(), ...this.#buffer.takeBatch() }
    const { batchId, size, lists } = this.#unanswered
    try {
      const { rejected } = await this.#transport.request('report', { ...this.#identity, batchId, sentAt: Date.now(), ...lists })
      this.#answered(rejected.length, rejected[0]?.reason)
    } catch (error) {
      if (error instanceof OptimizerError && hopeless.has(error.code)) this.#answered(size, error.message)
      else this.#retryAt = Date.now() + Math.min(longestRetryMs, sendEveryMs * 2 ** this.#failures++)
    }
  }

  #answered(rejected: number, reason = ''): void {
    this.#unanswered = undefined
    this.#failures = 0
    this.#rejected += rejected
    if (rejected > 0) warnOnce('rejected', `The optimizer rejected ${pluralize(rejected, 'report')}; the first: ${reason}`)
  }
}
