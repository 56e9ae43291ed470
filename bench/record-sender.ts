import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { registerInstance } from '../src/store/agents.ts'
import type { Database } from '../src/store/database.ts'

export const agentId = 'bench-bot'
const rowsPerRequest = 500
const retryMs = 100

export const registerSender = (db: Database) =>
  registerInstance(db, { agentId, instanceId: '1', kind: agentId, transport: 'http', knobs: [], metrics: [], sentAt: Date.now() })

/** Sends executions as newline-delimited JSON, each request again until it is acknowledged. */
export class RecordSender {
  readonly #url: string
  readonly #onAcknowledged: (ids: string[]) => void
  acknowledged = 0
  /** Requests that were not acknowledged, and were sent again. */
  failures = 0

  constructor(apiUrl: string, onAcknowledged: (ids: string[]) => void = () => undefined) {
    this.#url = `${apiUrl}/agents/${agentId}/instances/1/records`
    this.#onAcknowledged = onAcknowledged
  }

  /** @param rowsPerSecond as many as can be if undefined */
  async run(signal: AbortSignal, rowsPerSecond?: number): Promise<void> {
    for (let due = performance.now(); !signal.aborted; ) {
      await this.#send(newExecutions())
      if (rowsPerSecond === undefined) continue
      due += (rowsPerRequest / rowsPerSecond) * 1_000
      await sleep(Math.max(0, due - performance.now()))
    }
  }

  async #send(executions: { id: string }[]): Promise<void> {
    const body = executions.map((each) => JSON.stringify({ record: 'execution', ...each })).join('\n')
    const headers = { 'content-type': 'application/x-ndjson' }
    for (;;) {
      const answer = await fetch(this.#url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) })
        .then(async (response) => ({ status: response.status, ...((await response.json()) as { accepted?: number }) }))
        .catch(() => undefined)
      if (answer?.status === 200 && answer.accepted === executions.length) {
        this.acknowledged += executions.length
        return this.#onAcknowledged(executions.map(({ id }) => id))
      }
      if (answer?.status === 200) throw new Error(`Only ${answer.accepted} of ${executions.length} were accepted.`)
      this.failures++
      await sleep(retryMs)
    }
  }
}

const newExecutions = () =>
  Array.from({ length: rowsPerRequest }, (_, index) => ({
    id: randomUUID(),
    at: Date.now() - index,
    type: 'decision_cycle',
    durationMs: 100 + Math.random() * 2_000,
    success: index % 5 > 0,
    version: 1,
    output: { confidence: Math.random() },
  }))
