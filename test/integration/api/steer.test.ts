import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectAgent } from '../../../src/agent/index.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { deploymentSubject } from '../../../src/messaging/subjects.ts'
import { maxPayloadBytes } from '../../../src/model/payload.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { recordAnomalies } from '../../../src/store/anomalies.ts'
import { listChangeEvents } from '../../../src/store/change-events.ts'
import { anomaly } from '../../support/anomalies.ts'
import { findContradictions, type OpenApiDocument } from '../../support/api.ts'
import { patienceMs } from '../../support/eventually.ts'
import { listPayloads, secrets } from '../../support/payloads.ts'
import { announcement } from '../../support/store.ts'
import { System } from '../../support/system.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { edit } from '../../support/trials.ts'
import { type Optimizer, startOptimizer } from '../agent/optimizer.ts'

const post = async (url: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as { workflowId: string } }
}
const bolder = { command: { type: 'setAggressiveness', level: 4 }, by: 'ada', reason: 'a quiet weekend' }

describe('the API steers the optimizer', () => {
  let system: System
  beforeAll(async () => {
    system = await System.start()
    system.startWorker()
  })
  afterAll(() => system?.stop())

  it('by starting a cycle', async () => {
    const { status, body } = await post(`${system.apiUrl}/api/cycles`, {})
    expect(status).toBe(200)
    const cycle = system.client.temporal.workflow.getHandle(body.workflowId)
    expect(await cycle.result()).toMatchObject({ outcomes: [] })
    const payloads = listPayloads(await cycle.fetchHistory())
    expect(payloads.length).toBeGreaterThan(5)
    expect(payloads.filter((text) => secrets.test(text) || Buffer.byteLength(text) > maxPayloadBytes)).toEqual([])
  })

  it('by telling of an alert from outside, which names its sender in the record', async () => {
    const memory = { type: 'resourceConstraintWarning', resource: 'memory', by: 'ada', reason: 'a crowded host' }
    const mode = async () => (await system.client.status()).policy.resourceMode
    expect(await post(`${system.apiUrl}/api/alerts`, memory)).toEqual({ status: 200, body: { workflowId: 'optimizer' } })
    await vi.waitFor(async () => expect(await mode()).toBe('reduce'), patienceMs)
    expect(await post(`${system.apiUrl}/api/alerts`, { ...memory, isOver: true })).toMatchObject({ status: 200 })
    await vi.waitFor(async () => expect(await mode()).toBe('normal'), patienceMs)
    const { entries } = (await (await fetch(`${system.apiUrl}/api/audit?actor=ada`)).json()) as { entries: object[] }
    expect(entries).toContainEqual(expect.objectContaining({ action: 'alert.reported', subject: 'system' }))
    expect(entries).toContainEqual(expect.objectContaining({ action: 'policy.changed', subject: 'resourceMode' }))
    const unknown = { type: 'agentUnderperformance', agent: 'nobody', by: 'ada' }
    expect(await post(`${system.apiUrl}/api/alerts`, unknown)).toMatchObject({ status: 404 })
  })

  it('by restoring an agent to a version, which its list of versions then shows', async () => {
    const instances = await system.startAgent('hunter', 1)
    await edit(system, 'hunter', { padding: 5 })
    const { status, body } = await post(`${system.apiUrl}/api/restores`, {
      agentId: 'hunter',
      to: 1,
      by: 'ada',
      reason: 'a complaint',
    })
    expect(status).toBe(200)
    expect(await system.client.temporal.workflow.getHandle(body.workflowId).result()).toMatchObject({ outcome: 'done' })
    expect((await instances[0]!.configuration()).values).toEqual(defaults)
    const versions = await (await fetch(`${system.apiUrl}/api/agents/hunter/configurations`)).json()
    expect(versions).toMatchObject([
      { version: 3, restoresVersion: 1, reason: 'ada restored version 1: a complaint' },
      { version: 2 },
      { version: 1 },
    ])
  })

  it('by undoing what happened to the whole fleet since a time, having shown what differs; also if two ask at once', async () => {
    const [hunter] = await system.startAgent('undone', 1)
    const to = new Date().toISOString()
    await edit(system, 'undone', { padding: 7 })
    await vi.waitFor(async () => expect((await hunter!.configuration()).values).toMatchObject({ padding: 7 }), patienceMs)
    const request = { target: { all: true, to }, by: 'ada', reason: 'a bad evening' }
    const planned = [
      { agentId: 'undone', to, changes: [{ knob: 'padding', from: 7, to: defaults.padding }], issues: [], already: false },
    ]
    const shown = await post(`${system.apiUrl}/api/undo`, { ...request, dryRun: true })
    expect(shown).toEqual({ status: 200, body: { planned, started: [], failed: [] } })
    expect((await hunter!.configuration()).values).toMatchObject({ padding: 7 })

    const answers = await Promise.all([1, 2].map(() => post(`${system.apiUrl}/api/undo`, request)))
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      for (const { workflowId } of (body as unknown as { started: { workflowId: string }[] }).started)
        await system.client.temporal.workflow.getHandle(workflowId).result()
    }
    expect((await hunter!.configuration()).values).toEqual(defaults)
    const { entries } = (await (await fetch(`${system.apiUrl}/api/audit?action=undo`)).json()) as { entries: object[] }
    expect(entries).toContainEqual(expect.objectContaining({ actor: 'ada', subject: 'undone', reason: 'a bad evening' }))
  })

  it('by setting knobs that are named as real systems name their settings', async () => {
    const to = { 'topology.max.spout.pending': 3, 'max-connections': 4, 'net/core:limit': 5, _internal: 6 }
    const numeric = { type: 'int', purpose: 'resources', min: 1, max: 9, default: 2 } as const
    const knobs = Object.keys(to).map((name) => ({ ...numeric, name }))
    const identity = { agentId: 'storm', instanceId: 'storm-1', kind: 'storm' }
    const agent = await connectAgent({ ...identity, knobs, optimizer: system.natsUrl })
    // On a busy machine, it connects before the optimizer answers.
    const known = async () => expect((await fetch(`${system.apiUrl}/api/agents/storm/configurations`)).status).toBe(200)
    await vi.waitFor(known, patienceMs)
    const { status, body } = await post(`${system.apiUrl}/api/restores`, { agentId: 'storm', to, by: 'ada' })
    expect({ status, body }).toMatchObject({ status: 200 })
    expect(await system.client.temporal.workflow.getHandle(body.workflowId).result()).toMatchObject({ outcome: 'done' })
    expect(agent.values).toEqual(to)
    const explanation = await (await fetch(`${system.apiUrl}/api/explanations/storm`)).text()
    for (const name of Object.keys(to)) expect(explanation).toContain(name)
    await agent.close()
  })

  it('whoever asks for it: Temporal has a limit for the summary of a workflow', async () => {
    const asked = { agentId: 'hunter', to: { padding: 5 }, by: 'ü'.repeat(200) }
    const { status, body } = await post(`${system.apiUrl}/api/restores`, asked)
    expect(status).toBe(200)
    expect(await system.client.temporal.workflow.getHandle(body.workflowId).result()).toMatchObject({ outcome: 'done' })
  })

  it('by telling of deployments and of anomalies that are none', async () => {
    const deployed = { component: 'hunter', description: 'release 3.1', by: 'a pipeline' }
    expect(await post(`${system.apiUrl}/api/deployments`, deployed)).toEqual({ status: 200, body: { id: expect.any(Number) } })
    expect(await post(`${system.apiUrl}/api/deployments`, { ...deployed, at: '2999-01-01T00:00:00Z' })).toMatchObject({
      status: 400,
    })
    const nats = await connectNats(system.natsUrl, 'a pipeline')
    const tell = async (text: string) => (await nats.request(deploymentSubject, text, { timeout: patienceMs })).json()
    expect(await tell(JSON.stringify(deployed))).toEqual({ id: expect.any(Number) })
    expect(await tell('release 3.1')).toMatchObject({ error: { code: 'invalid-request' } })
    nats.publish(deploymentSubject, JSON.stringify({ ...deployed, description: 'release 3.2' }))
    await vi.waitFor(async () => {
      const deployments = (await listChangeEvents(system.db, new Date(0), new Date())).filter(({ kind }) => kind === 'deploy')
      expect(deployments.map(({ description }) => description)).toEqual(['release 3.1', 'release 3.1', 'release 3.2'])
    }, patienceMs)
    await nats.close()
    await recordAnomalies(system.db, { open: [anomaly()], ended: [] })
    const list = async (query = '') => (await (await fetch(`${system.apiUrl}/api/anomalies${query}`)).json()) as { id: number }[]
    const [seen] = await list()
    expect(seen).toMatchObject({ component: 'market-hunter', explanation: expect.stringContaining('2800 ms instead of 1000 ms') })
    const dismissal = (id: number) => post(`${system.apiUrl}/api/anomalies/${id}/dismissal`, { by: 'ada', reason: 'a backup' })
    expect((await dismissal(seen!.id)).status).toBe(200)
    expect((await dismissal(seen!.id + 1)).status).toBe(404)
    expect(await list()).toEqual([])
    expect(await list('?all=true')).toMatchObject([{ id: seen!.id, dismissedBy: 'ada' }])
  })

  it('with a command, and answers with the policy after it', async () => {
    const answer = await post(`${system.apiUrl}/api/commands`, bolder)
    expect(answer).toMatchObject({ status: 200, body: { aggressiveness: 4, focus: null } })
    expect((await system.client.status()).policy).toEqual(answer.body)
  })

  it('and its status has the policy, as in its schema', async () => {
    const get = async (path: string) => (await fetch(system.apiUrl + path)).json()
    const document = await get('/openapi.json')
    // Temporal lists a restore as running for a moment after its end.
    const status = await vi.waitFor(async () => {
      const status = await get('/api/status')
      expect(status).toMatchObject({ state: { policy: { aggressiveness: 4 } }, restores: [] })
      return status
    }, patienceMs)
    expect(findContradictions(document as OpenApiDocument, 'GET /api/status', 200, status)).toEqual([])
  })

  it.each([
    [
      'commands',
      { ...bolder, command: { type: 'focusOnAgent', agentId: 'nobody' } },
      'unknown-agent',
      'There is no agent nobody',
    ],
    ['cycles', { target: 'nobody' }, 'unknown-agent', 'There is no agent nobody'],
    ['restores', { agentId: 'nobody', to: 1, by: 'ada' }, 'unknown-agent', 'There is no agent nobody'],
    ['restores', { agentId: 'hunter', to: 99, by: 'ada' }, 'unknown-version', 'hunter has no version 99'],
    ['restores', { agentId: 'hunter', to: '2020-01-01T00:00:00Z', by: 'ada' }, 'unknown-version', 'hunter was not known at 2020'],
    ['restores/nobody/give-up', { by: 'ada', reason: 'it is gone' }, 'unknown-restore', 'No restore nobody is running'],
    ['restores', { agentId: 'hunter', to: { speed: 1 }, by: 'ada' }, 'unknown-knob', 'hunter has no knob speed'],
  ])('but answers 404 to /api/%s with %o at once', async (path, body, code, message) => {
    expect(await post(`${system.apiUrl}/api/${path}`, body)).toMatchObject({
      status: 404,
      body: { error: { code, message: expect.stringContaining(message) } },
    })
  })

  it('but not to a time that is yet to come', async () => {
    const body = { agentId: 'hunter', to: '2099-01-01T00:00:00Z', by: 'ada' }
    expect(await post(`${system.apiUrl}/api/restores`, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-input', message: expect.stringContaining('is in the future') } },
    })
  })

  it('but not with a value out of bounds', async () => {
    const body = { agentId: 'hunter', to: { padding: -1 }, by: 'ada' }
    expect(await post(`${system.apiUrl}/api/restores`, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'out-of-bounds', message: expect.stringContaining('padding') } },
    })
  })

  it.each([
    ['commands', { ...bolder, command: { type: 'explode' } }],
    ['commands', { ...bolder, command: { type: 'setAggressiveness', level: 6 } }],
    ['commands', { ...bolder, by: '' }],
    ['cycles', { target: 'no agent!' }],
    ['restores', { agentId: 'hunter', to: 'yesterday', by: 'ada' }],
    ['restores', { agentId: 'hunter', to: 1 }],
    ['restores', { agentId: 'hunter', to: '2026-06-31T18:00:00Z', by: 'ada' }],
    ['commands', { ...bolder, reason: 'a \u0000 byte' }],
    ['commands', { ...bolder, by: 'ada\u001b[2J' }],
    ['commands', { ...bolder, reason: 'x'.repeat(2_001) }],
  ])('but not /api/%s with %o', async (path, body) => {
    expect(await post(`${system.apiUrl}/api/${path}`, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-request', message: expect.any(String) } },
    })
  })
})

describe('while Temporal is away', () => {
  let optimizer: Optimizer
  beforeAll(async () => {
    optimizer = await startOptimizer()
    await registerInstance(optimizer.db, announcement('hunter', 'hunter-1'), Date.now())
  })
  afterAll(() => optimizer?.stop())

  it('the API reports it', async () => {
    const asked = { commands: bolder, cycles: {}, restores: { agentId: 'hunter', to: 1, by: 'ada' } }
    const answers = Object.entries(asked).map(([path, body]) => post(`${optimizer.httpUrl}/api/${path}`, body))
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({
        status: 503,
        body: { error: { code: 'unavailable', message: expect.stringContaining('Temporal') } },
      })
  })
})
