import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Announcement } from '../../../src/messaging/protocol.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import {
  getAssignedConfiguration,
  getCurrentConfiguration,
  listAgentInstances,
  listAgents,
  listKnobs,
  loadKnobsByAgent,
  recordAcknowledgement,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
} from '../../../src/store/agents.ts'
import { listChangeEvents } from '../../../src/store/change-events.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  listConfigurations,
  setProvenVersion,
} from '../../../src/store/configurations.ts'
import { findLatestDeclarationTime } from '../../../src/store/declarations.ts'
import { registerSources } from '../../../src/store/telemetry/sources.ts'
import { announcement, createTestStore, intKnob, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const newAgent = () => `agent-${randomUUID().slice(0, 8)}`
const register = (agentId: string, instanceId: string, known = {}) =>
  registerInstance(store.db, announcement(agentId, instanceId, known))

/** Puts values in force everywhere. */
async function prove(agentId: string, values: KnobValues): Promise<void> {
  const version = await appendConfiguration(store.db, { agentId, values, origin: 'operator', reason: 'a person' })
  await assignConfiguration(store.db, agentId, 'all', version)
  await setProvenVersion(store.db, agentId, version)
}

test('the first announcement creates version 1 from the defaults, even if instances announce themselves concurrently', async () => {
  const agentId = newAgent()
  const deliveries = await Promise.all(['1', '2', '3', '4'].map((instanceId) => register(agentId, instanceId)))
  for (const delivery of deliveries) expect(delivery).toEqual({ version: 1, values: { cacheSize: 2, parallelism: 2 } })
  expect(await listConfigurations(store.db, agentId)).toMatchObject([{ version: 1, origin: 'default' }])
  expect(await getCurrentConfiguration(store.db, agentId)).toEqual(deliveries[0])
  expect((await listAgentInstances(store.db, agentId)).map(({ assignedVersion }) => assignedVersion)).toEqual([1, 1, 1, 1])
  expect((await listKnobs(store.db, agentId)).map(({ name }) => name)).toEqual(['cacheSize', 'parallelism'])
  expect((await loadKnobsByAgent(store.db))[agentId]).toHaveLength(2)
  expect(await listAgents(store.db)).toContainEqual(expect.objectContaining({ agentId, configurationVersion: 1 }))
})

test('an instance that restarts during a trial rejoins its arm; a new one gets the proven configuration', async () => {
  const agentId = newAgent()
  await register(agentId, 'candidate')
  const values = { cacheSize: 5, parallelism: 2 }
  const version = await appendConfiguration(store.db, { agentId, values, origin: 'trial', trialId: 't', reason: 'try' })
  await assignConfiguration(store.db, agentId, ['candidate'], version)
  expect(await register(agentId, 'candidate')).toEqual({ version: 2, values })
  expect(await register(agentId, 'new')).toMatchObject({ version: 1 })
  await setProvenVersion(store.db, agentId, version)
  expect(await register(agentId, 'newer')).toEqual({ version: 2, values })
})

test('a release with other knobs adds what it needs, and loses no value', async () => {
  const agentId = newAgent()
  await register(agentId, '1', { knobs: [intKnob('kept'), intKnob('gone'), intKnob('narrowed')] })
  await prove(agentId, { kept: 7, gone: 7, narrowed: 7 })
  const knobs = [intKnob('kept'), intKnob('narrowed', { max: 5, default: 3 }), intKnob('new', { default: 4 })]
  // The instances of the old release are gone, so nobody allows the old value any more.
  expect(await register(agentId, '1', { knobs })).toEqual({ version: 3, values: { kept: 7, narrowed: 5, new: 4 } })
  expect(await findConfiguration(store.db, agentId, 3)).toMatchObject({
    origin: 'operator',
    values: { kept: 7, gone: 7, narrowed: 5, new: 4 },
    reason: expect.stringMatching(/narrowed 7 → 5.*new 4 added/),
  })
  expect(await register(agentId, '2', { knobs })).toMatchObject({ version: 3 })
})

test('two releases at once get what they declare, whichever registers last, and a value that a person set stays', async () => {
  const agentId = newAgent()
  const [older, newer] = [[intKnob('kept')], [intKnob('kept', { max: 5 }), intKnob('pool', { max: 20 })]]
  await register(agentId, 'old', { knobs: older })
  expect(await register(agentId, 'new', { knobs: newer })).toEqual({ version: 2, values: { kept: 2, pool: 2 } })
  expect(await getAssignedConfiguration(store.db, agentId, 'old')).toEqual({ version: 2, values: { kept: 2 } })
  await prove(agentId, { kept: 7, pool: 16 })
  for (const [instanceId, knobs, values] of [
    ['old', older, { kept: 7 }],
    ['new', newer, { kept: 5, pool: 16 }],
    ['old-2', older, { kept: 7 }],
  ] as const)
    expect(await register(agentId, instanceId, { knobs })).toEqual({ version: 3, values })
  expect(await listKnobs(store.db, agentId)).toMatchObject([{ name: 'kept', max: 5 }, { name: 'pool' }])
  expect(await getCurrentConfiguration(store.db, agentId)).toEqual({ version: 3, values: { kept: 7, pool: 16 } })
})

test('a knob that is declared twice is refused, and nothing is stored', async () => {
  const agentId = newAgent()
  await expect(register(agentId, '1', { knobs: [intKnob('a'), intKnob('a')] })).rejects.toMatchObject({ code: 'duplicate-knob' })
  const lost = intKnob('a', { activeWhen: { b: [1] } })
  await expect(register(agentId, '1', { knobs: [lost] })).rejects.toMatchObject({
    code: 'unusable-condition',
    message: expect.stringContaining('a depends on b'),
  })
  expect((await listAgents(store.db)).map((agent) => agent.agentId)).not.toContain(agentId)
})

test('a heartbeat stores the configuration in force and answers with the assigned one', async () => {
  const agentId = newAgent()
  await register(agentId, '1')
  const now = Date.now()
  const inForce = { version: 9, values: { cacheSize: 9 } }
  const heartbeat = { agentId, instanceId: '1', ...inForce, sentAt: now + 3_600_000 }
  expect(await recordHeartbeat(store.db, heartbeat, now)).toEqual({
    known: true,
    assignedVersion: 1,
    drifted: false,
    restart: false,
  })
  expect(await listAgentInstances(store.db, agentId)).toMatchObject([
    { effectiveVersion: 9, effectiveValues: inForce.values, heartbeatAt: new Date(now), clockSkewMs: 3_600_000 },
  ])
})

test('a heartbeat of an unknown instance asks it to announce itself', async () => {
  const heartbeat = { agentId: 'nobody', instanceId: '1', version: 1, values: {}, sentAt: 0 }
  expect(await recordHeartbeat(store.db, heartbeat, Date.now())).toEqual({
    known: false,
    assignedVersion: null,
    drifted: false,
    restart: false,
  })
})

test('an instance whose clock is at the epoch is accepted', async () => {
  const agentId = newAgent()
  await register(agentId, '1', { sentAt: 0 })
  expect((await listAgentInstances(store.db, agentId))[0]!.clockSkewMs).toBeLessThan(-1_000_000_000_000)
})

test('a refusal is kept until the instance is assigned a configuration again', async () => {
  const agentId = newAgent()
  await register(agentId, '1')
  const inForce = { version: 1, values: { cacheSize: 2, parallelism: 2 } }
  await recordAcknowledgement(store.db, { agentId, instanceId: '1', version: 5, status: 'refused', reason: 'too big', inForce })
  expect(await listAgentInstances(store.db, agentId)).toMatchObject([
    { refusedVersion: 5, refusal: 'too big', effectiveVersion: 1 },
  ])
  await assignConfiguration(store.db, agentId, 'all', 1)
  expect(await listAgentInstances(store.db, agentId)).toMatchObject([{ refusedVersion: null, refusal: null }])
})

test('an acknowledgement stores the version in force, whichever it is', async () => {
  const agentId = newAgent()
  await register(agentId, '1')
  const inForce = { version: 4, values: { cacheSize: 4, parallelism: 2 } }
  await recordAcknowledgement(store.db, { agentId, instanceId: '1', version: 4, status: 'applied', inForce })
  expect(await listAgentInstances(store.db, agentId)).toMatchObject([{ effectiveVersion: 4, effectiveValues: inForce.values }])
})

test('the assigned configuration is read by instance, and an unknown one has to announce itself', async () => {
  const agentId = newAgent()
  await register(agentId, '1')
  expect(await getAssignedConfiguration(store.db, agentId, '1')).toEqual({
    version: 1,
    values: { cacheSize: 2, parallelism: 2 },
  })
  await expect(getAssignedConfiguration(store.db, agentId, '2')).rejects.toMatchObject({ code: 'unknown-agent' })
  await expect(getCurrentConfiguration(store.db, 'nobody')).rejects.toMatchObject({ code: 'unknown-agent' })
})

test('an instance declares what it declares since it last changed it, however often it announces itself', async () => {
  const agentId = `agent-${randomUUID().slice(0, 8)}`
  const announce = (instance: string, at: number, knobs = ['a']) =>
    registerInstance(store.db, announcement(agentId, instance, { knobs: knobs.map((name) => intKnob(name)) }), at)
  const latest = async () => (await findLatestDeclarationTime(store.db, agentId, ['1', '2']))?.getTime()
  const now = Date.now()
  await announce('1', now)
  await announce('2', now)
  await announce('2', now + 1_000)
  expect(await latest()).toBe(now)
  await announce('2', now + 2_000, ['a', 'b'])
  expect(await latest()).toBe(now + 2_000)
})

test('a restart is a new process, and not the announcement of the same one after a lost connection', async () => {
  const now = Date.now()
  const restarts = async (agentId: string) =>
    (await listChangeEvents(store.db, new Date(now), new Date(now + 60_000)))
      .filter(({ kind, component }) => kind === 'restart' && component === agentId)
      .map(({ at }) => at - now)
  const announceAt = (agentId: string, seconds: number, known: Partial<Announcement>) =>
    registerInstance(store.db, announcement(agentId, '1', { sentAt: now + seconds * 1_000, ...known }), now + seconds * 1_000)

  const telling = newAgent()
  await announceAt(telling, 10, { processId: 1, startedAt: now + 9_000 })
  await announceAt(telling, 20, { processId: 1, startedAt: now + 9_000 })
  expect(await restarts(telling)).toEqual([])
  await announceAt(telling, 31, { processId: 1, startedAt: now + 30_000 })
  await announceAt(telling, 40, { processId: 1, startedAt: now + 30_000 })
  expect(await restarts(telling)).toEqual([30_000])

  const withProcessId = newAgent()
  await announceAt(withProcessId, 10, { processId: 7 })
  await announceAt(withProcessId, 12, { processId: 7 })
  expect(await restarts(withProcessId)).toEqual([])
  await announceAt(withProcessId, 14, { processId: 8 })
  expect(await restarts(withProcessId)).toEqual([14_000])

  const anonymous = newAgent()
  await announceAt(anonymous, 10, {})
  await announceAt(anonymous, 12, {})
  expect(await restarts(anonymous)).toEqual([])
  await announceAt(anonymous, 20, {})
  expect(await restarts(anonymous)).toEqual([20_000])
  await recordDeparture(store.db, { agentId: anonymous, instanceId: '1' })
  await announceAt(anonymous, 22, {})
  expect(await restarts(anonymous)).toEqual([22_000])
})

test('telemetry tells a restart by the process, and not by its silence', async () => {
  const now = Date.now()
  const agentId = newAgent()
  const restartsAfter = async (seconds: number, process: { processId: number; startedAt?: number }) => {
    await registerSources(store.db, [{ agentId, kind: agentId, instanceId: '1', ...process }], now + seconds * 1_000, {
      configured: [],
      limits: { maxAgents: 1_000, maxInstances: 1_000 },
    })
    const events = await listChangeEvents(store.db, new Date(now), new Date(now + 60_000))
    return events.filter(({ kind, component }) => kind === 'restart' && component === agentId).map(({ at }) => at - now)
  }
  expect(await restartsAfter(10, { processId: 1 })).toEqual([])
  expect(await restartsAfter(20, { processId: 1, startedAt: now + 5_000 })).toEqual([])
  expect(await restartsAfter(40, { processId: 1, startedAt: now + 5_000 })).toEqual([])
  expect(await restartsAfter(51, { processId: 1, startedAt: now + 50_000 })).toEqual([50_000])
})
