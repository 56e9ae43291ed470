import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  commandSubject,
  deploymentSubject,
  engineSettingsSubject,
  gatewaySubjects,
  profileRequestSubject,
  realtimeMetricsSubject,
} from '../../../src/messaging/subjects.ts'
import { patienceMs } from '../../support/eventually.ts'
import { newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

const overNats = async (subject: string, payload: string | Uint8Array) =>
  (await optimizer.nats.request(subject, payload, { timeout: 5_000 })).json()

const overHttp = async (path: string, body?: string) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(optimizer.httpUrl + path, body === undefined ? {} : { method: 'POST', headers, body })
  return { status: response.status, body: withoutRequestId(await response.json(), response) }
}

/** Every error over HTTP names its request. */
function withoutRequestId(body: unknown, { status, headers }: Response): unknown {
  if (status < 400) return body
  const { requestId, ...error } = (body as { error: { requestId: string } }).error
  expect(requestId).toBe(headers.get('x-request-id'))
  return { error }
}

const invalid = { error: { code: 'invalid-request', message: expect.any(String) } }
const garbage: [string, string][] = [
  ['nothing', ''],
  ['text', 'hello'],
  ['half an object', '{"agentId":'],
  ['a list', '[1,2]'],
  ['null', 'null'],
  ['wrong types', '{"agentId":7,"instanceId":{},"version":"one"}'],
  ['an agent name that is no name', '{"agentId":"a.b > *","instanceId":"x"}'],
  ['a text of 1 MiB', `"${'x'.repeat(2 ** 20 - 2)}"`],
  ['an object of 1 MiB', `{"${'x'.repeat(2 ** 20 - 6)}":1}`],
]
/** Of programs that are not agents. */
const otherSubjects = [realtimeMetricsSubject, engineSettingsSubject, commandSubject, profileRequestSubject, deploymentSubject]

describe('the gateway', () => {
  it.each(garbage)('answers %s with an error, on every subject and path, and keeps working', async (_what, text) => {
    for (const subject of Object.values(gatewaySubjects)) expect(await overNats(subject, text)).toEqual(invalid)
    for (const subject of otherSubjects)
      expect(await overNats(subject, text)).toMatchObject({ error: { code: expect.stringMatching(/^invalid-/) } })
    for (const name of ['announce', 'heartbeat', 'acknowledge', 'report'])
      expect(await overHttp(`/agents/${name}`, text)).toEqual({ status: 400, body: invalid })
    expect((await overHttp('/healthz')).status).toBe(200)
  })

  it('counts what it cannot use, and reports it to whoever listens, but never as a flood', async () => {
    const count = async () => {
      const metrics = await (await fetch(`${optimizer.httpUrl}/metrics`)).text()
      return Number(/^optimizer_invalid_messages_total{subject="orchestrator.command"} (\d+)$/m.exec(metrics)?.[1] ?? 0)
    }
    const before = await count()
    const errors: { subject: string; code: string }[] = []
    const ids: (string | undefined)[] = []
    optimizer.nats.subscribe('performance.errors', {
      callback: (_, message) => {
        errors.push(message.json())
        ids.push(message.headers?.get('Nats-Msg-Id'))
      },
    })
    for (const subject of [
      gatewaySubjects.heartbeat,
      'monitoring.realtime_metrics',
      'config.performance_engine_agent.updated',
      'orchestrator.command',
    ])
      await overNats(subject, '{"metrics": 7}')
    await vi.waitFor(() => expect(new Set(errors.map(({ subject }) => subject)).size).toBe(4), patienceMs)
    await Promise.all(Array.from({ length: 100 }, () => overNats('orchestrator.command', 'nonsense')))
    expect(await count()).toBe(before + 101)
    expect(errors.length).toBeLessThan(60)
    expect(ids.every(Boolean), 'all have an id').toBe(true)
    expect(new Set(ids).size, 'of their own').toBe(errors.length)
  })

  it('refuses requests that a web page can send without a CORS preflight', async () => {
    const response = await fetch(`${optimizer.httpUrl}/agents/announce`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported-media-type' } })
  })

  it('answers bytes that are not text with an error', async () => {
    expect(await overNats(gatewaySubjects.report, new Uint8Array([0xff, 0x00, 0xfe]))).toEqual(invalid)
  })

  it('answers text that is not UTF-8 with an error, also within valid JSON', async () => {
    const inForce = { version: 1, values: {} }
    const acknowledgement = {
      agentId: 'nobody',
      instanceId: 'nobody-1',
      version: 1,
      status: 'refused',
      reason: 'caf\xe9',
      inForce,
    }
    const bytes = Buffer.from(JSON.stringify(acknowledgement), 'latin1')
    expect(await overNats(gatewaySubjects.acknowledge, bytes)).toEqual(invalid)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${optimizer.httpUrl}/agents/acknowledge`, { method: 'POST', headers, body: bytes })
    expect([response.status, withoutRequestId(await response.json(), response)]).toEqual([400, invalid])
  })

  it.each([
    ['declared', (body: string) => body],
    ['chunked', (body: string) => new Blob([body]).stream()],
  ])('answers a request of over 4 MiB, %s, with the limit, on every path and after all of it was sent', async (_how, of) => {
    const body = 'x'.repeat(8 * 1024 * 1024)
    for (const path of ['/agents/report', '/api/commands']) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(optimizer.httpUrl + path, {
        method: 'POST',
        headers,
        body: of(body),
        duplex: 'half',
      } as RequestInit)
      expect(response.status).toBe(413)
      expect(withoutRequestId(await response.json(), response)).toEqual({
        error: { code: 'too-large', message: expect.stringContaining('4194304') },
      })
    }
  })

  it('takes a request of up to 4 MiB, declared or chunked', async () => {
    const heartbeat = { agentId: 'nobody', instanceId: 'nobody-1', version: 1, values: {}, sentAt: Date.now() }
    const text = JSON.stringify(heartbeat).padEnd(4 * 1024 * 1024)
    expect(await overHttp('/agents/heartbeat', text)).toMatchObject({ status: 200, body: { known: false } })
    const chunked = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([text]).stream(),
      duplex: 'half',
    }
    expect((await fetch(`${optimizer.httpUrl}/agents/heartbeat`, chunked as RequestInit)).status).toBe(200)
  })

  it('refuses a web page that made its own name point to this server, and pages of other sites', async () => {
    const send = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
        request(`${optimizer.httpUrl}/api/commands`, options, (response) => resolve(response.resume().statusCode))
          .once('error', reject)
          .end('{}')
      })
    expect(await send({ host: 'evil.example' })).toBe(421)
    expect(await send({ origin: 'http://evil.example' })).toBe(403)
    expect(await send({})).toBe(400)
  })

  it('refuses query parameters, which no request of an agent has', async () => {
    const answer = { status: 400, body: { error: { code: 'invalid-request', message: expect.stringContaining('"dryRun"') } } }
    expect(await overHttp('/agents/heartbeat?dryRun=true', '{}')).toEqual(answer)
    expect(await overHttp('/agents/nobody/instances/nobody-1/configuration?dryRun')).toEqual(answer)
  })

  it('answers deeply nested JSON with an error that does not ask for a repetition', async () => {
    const deep = `${'{"agentId":'.repeat(5_000)}1${'}'.repeat(5_000)}`
    for (const subject of Object.values(gatewaySubjects)) expect(await overNats(subject, deep)).toEqual(invalid)
    for (const path of ['/agents/report', '/api/commands', '/api/restores'])
      expect(await overHttp(path, deep)).toEqual({ status: 400, body: invalid })
  })

  it('names the invalid field', async () => {
    const heartbeat = { agentId: 'hunter', instanceId: 'hunter-1', version: 1, values: {}, sentAt: 'now' }
    expect(await overHttp('/agents/heartbeat', JSON.stringify(heartbeat))).toMatchObject({
      body: { error: { message: 'sentAt: must be a number' } },
    })
  })

  it('answers requests from an unknown agent with unknown-agent', async () => {
    const unknown = { error: { code: 'unknown-agent', message: expect.any(String) } }
    const instance = { agentId: 'nobody', instanceId: 'nobody-1' }
    expect(await overHttp('/agents/nobody/instances/nobody-1/configuration')).toEqual({ status: 404, body: unknown })
    expect(await overNats(gatewaySubjects.configuration, JSON.stringify(instance))).toEqual(unknown)
    const heartbeat = { ...instance, version: 1, values: {}, sentAt: Date.now() }
    expect(await overHttp('/agents/heartbeat', JSON.stringify(heartbeat))).toEqual({
      status: 200,
      body: { known: false, assignedVersion: null, drifted: false, restart: false },
    })
  })

  it('refuses an announcement with contradictory knobs', async () => {
    const knob = { type: 'int', name: 'poolSize', purpose: 'parallelism', min: 5, max: 1, default: 3 }
    const announcement = {
      agentId: 'odd',
      instanceId: 'odd-1',
      kind: 'odd',
      transport: 'http',
      knobs: [knob],
      sentAt: Date.now(),
    }
    expect(await overHttp('/agents/announce', JSON.stringify(announcement))).toMatchObject({
      status: 400,
      body: { error: { message: 'knobs.0: poolSize: min must be below max' } },
    })
  })
})

describe('an agent', () => {
  it('answers garbage on its own subjects with an error and keeps its configuration', async () => {
    const agentId = newName()
    const agent = await startAgent({ agentId, optimizer: optimizer.natsUrl })
    for (const [, text] of garbage) expect(await overNats(`agents.${agentId}.${agentId}-1.configure`, text)).toEqual(invalid)
    expect(agent.configuration.version).toBe(1)
    expect(await overNats(`agents.${agentId}.${agentId}-1.configuration`, 'nonsense')).toEqual(agent.configuration)
  })
})

it('an agent whose heartbeats would be too rare is refused', async () => {
  await expect(startAgent({ optimizer: optimizer.natsUrl, heartbeatMs: 2_001 })).rejects.toMatchObject({ code: 'invalid-agent' })
})
