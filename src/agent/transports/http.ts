import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { OrchestratorCommand } from '../../messaging/orchestrator-protocol.ts'
import { parseResponse } from '../../messaging/parse-response.ts'
import { type RequestName, type RequestOf, type ResponseOf, requestSchemas } from '../../messaging/requests.ts'
import { OptimizerError } from '../../model/errors.ts'
import type { Policy } from '../../model/policy.ts'
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
    const answer =
      name === 'configuration'
        ? await this.#send(`/agents/${agentId}/instances/${instanceId}/configuration`)
        : await this.#send(`/agents/${name}`, { method: 'POST', headers: jsonHeaders, body })
    return parseResponse(requestSchemas[name].answer, answer)
  }

  async command({ command, by = 'orchestrator', reason = '' }: OrchestratorCommand): Promise<Policy> {
    const body = JSON.stringify({ command, by, reason })
    const { policySchema } = await import('../../model/policy.ts')
    return parseResponse(policySchema, await this.#send('/api/commands', { method: 'POST', headers: jsonHeaders, body }))
  }

  onCycleReport(): void {
    warnOnce('cycle reports', 'Cycle reports are only available over NATS; give connectAgent a nats:// address.')
  }

  async close(): Promise<void> {
    this.#closed.abort()
  }

  /** By `node:http`: `fetch` takes an agent 15 MB more. */
  async #send(
    path: string,
    { method = 'GET', headers, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<string> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(answerWithinMs)])
    const { request } = await (this.#url.startsWith('https:') ? import('node:https') : import('node:http'))
    try {
      const sent = request(this.#url + path, { method, headers: { ...this.#headers, ...headers }, signal })
      // Also of a response that breaks off: its reader gets the error.
      sent.on('error', () => undefined).end(body)
      const [response] = await once(sent, 'response')
      const answer = await text(response)
      if (response.statusCode < 300 || response.statusCode >= 400) return answer
      const to = response.headers.location ?? 'nowhere'
      throw new OptimizerError(
        'redirected',
        `${this.#url} redirects to ${to}, and redirects are not followed; use that address directly.`,
      )
    } catch (cause) {
      if (cause instanceof OptimizerError) throw cause
      throw new OptimizerError('unreachable', `${this.#url} is not responding.`, { retryable: true, cause })
    }
  }
}
