import type { OrchestratorCommand } from '../../messaging/orchestrator-protocol.ts'
import { parseResponse } from '../../messaging/parse-response.ts'
import { type RequestName, type RequestOf, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import { OptimizerError } from '../../model/errors.ts'
import { type Policy, policySchema } from '../../model/policy.ts'
import type { Transport } from '../transport.ts'
import { warnOnce } from '../warning.ts'

const answerWithinMs = 5_000
const jsonHeaders = { 'content-type': 'application/json' }

/** Polls: heartbeats learn of new versions, which the optimizer cannot deliver by itself. */
export class HttpTransport implements Transport {
  readonly name = 'http'
  readonly #url: string
  readonly #closed = new AbortController()

  readonly #headers: Record<string, string>

  /** @param token of the optimizer's API */
  constructor(url: string, token?: string) {
    this.#url = url.replace(/\/+$/, '')
    this.#headers = token ? { authorization: `Bearer ${token}` } : {}
  }

  async request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<ResponseOf<Name>> {
    const { agentId, instanceId } = payload
    const body = JSON.stringify(payload)
    const text =
      name === 'configuration'
        ? await this.#fetch(`/agents/${agentId}/instances/${instanceId}/configuration`)
        : await this.#fetch(`/agents/${name}`, { method: 'POST', headers: jsonHeaders, body })
    return parseResponse(requestSchemas[name].answer, text)
  }

  async command({ command, by = 'orchestrator', reason = '' }: OrchestratorCommand): Promise<Policy> {
    const body = JSON.stringify({ command, by, reason })
    return parseResponse(policySchema, await this.#fetch('/api/commands', { method: 'POST', headers: jsonHeaders, body }))
  }

  onCycleReport(): void {
    warnOnce('cycle reports', 'Cycle reports are only available over NATS; give connectAgent a nats:// address.')
  }

  async close(): Promise<void> {
    this.#closed.abort()
  }

  async #fetch(path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<string> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(answerWithinMs)])
    const headers = { ...this.#headers, ...init.headers }
    try {
      return await (await fetch(this.#url + path, { ...init, headers, signal })).text()
    } catch (cause) {
      throw new OptimizerError('unreachable', `${this.#url} does not answer.`, { retryable: true, cause })
    }
  }
}
