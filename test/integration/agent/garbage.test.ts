import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewaySubjects } from '../../../src/messaging/subjects.ts'
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
  return { status: response.status, body: await response.json() }
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
]

describe('the gateway', () => {
  it.each(garbage)('answers %s with an error, on every subject and path, and keeps working', async (_what, text) => {
    for (const subject of Object.values(gatewaySubjects)) expect(await overNats(subject, text)).toEqual(invalid)
    for (const name of ['announce', 'heartbeat', 'acknowledge', 'report'])
      expect(await overHttp(`/agents/${name}`, text)).toEqual({ status: 400, body: invalid })
    expect((await overHttp('/healthz')).status).toBe(200)
  })

  it('refuses requests that a web page can send without a CORS preflight', async () => {
    const response = await fetch(`${optimizer.httpUrl}/agents/announce`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported-media-type' } })
  })

  it('answers bytes that are not text with an error', async () => {
    expect(await overNats(gatewaySubjects.report, new Uint8Array([0xff, 0x00, 0xfe]))).toEqual(invalid)
  })

  it('answers a request over 4 MiB with an error', async () => {
    expect(await overHttp('/agents/report', 'x'.repeat(5 * 1024 * 1024))).toEqual({ status: 400, body: invalid })
  })

  it('names the invalid field', async () => {
    const heartbeat = { agentId: 'hunter', instanceId: 'hunter-1', version: 1, values: {}, sentAt: 'now' }
    expect(await overHttp('/agents/heartbeat', JSON.stringify(heartbeat))).toMatchObject({
      body: { error: { message: 'sentAt: Invalid input: expected number, received string' } },
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
      body: { known: false, assignedVersion: null },
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
