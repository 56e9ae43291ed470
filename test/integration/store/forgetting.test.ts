import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadRecentMetrics, recordAgentMetrics } from '../../../src/store/agent-metrics.ts'
import { listAgentReadings } from '../../../src/store/agent-readings.ts'
import {
  findAgent,
  listAgents,
  listAgentsWithConfiguration,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
} from '../../../src/store/agents.ts'
import { listOpenAlerts, raiseAlert } from '../../../src/store/alerts.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import { listConfigurations } from '../../../src/store/configurations.ts'
import { listInstancesDriftedSince } from '../../../src/store/drift.ts'
import { listInstanceExecutions, listNewestExecutionsByAgent } from '../../../src/store/executions.ts'
import { forgetAgent } from '../../../src/store/forgetting.ts'
import { acquireLock } from '../../../src/store/locks.ts'
import { recordPolicyChanges } from '../../../src/store/policy-changes.ts'
import { readRecentExecutions } from '../../../src/store/recent-executions.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { findLatestAgentProfiles, insertSnapshot } from '../../../src/store/snapshots.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { agentProfile, snapshot } from '../../support/profiles.ts'
import { announcement, batch, createTestStore, execution, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

let agents = 0
let agentId: string
const register = (sentAt = Date.now()) => registerInstance(store.db, announcement(agentId, `${agentId}-1`), sentAt)
beforeEach(async () => {
  agentId = `hunter-${++agents}`
  await register(Date.now() - 60_000)
})
const forget = () => forgetAgent(store.db, { agentId, by: 'ada', reason: 'sold' })

async function tryOn(id: string): Promise<void> {
  await insertStrategies(store.db, null, [strategyFor(agentId, id)])
  const arms = { candidateInstances: [`${agentId}-1`], controlInstances: [] }
  const versions = { baselineVersion: 1, candidateVersion: 1 }
  await insertTrial(store.db, { id, agentId, workflowId: id, design: 'before-after', ...versions, ...arms })
}

test('a forgotten agent is no longer looked at; its history stays, and it comes back when it registers', async () => {
  const { db } = store
  const trialId = `opt_1_${agentId}`
  await tryOn(trialId)
  await updateTrial(db, trialId, { state: 'kept', endedAt: new Date() })
  await raiseAlert(db, { cause: 'unconfirmed-configuration', severity: 'high', component: agentId, message: 'a test' })
  const listed = async () => [
    (await listAgents(db)).some((agent) => agent.agentId === agentId),
    (await listAgentsWithConfiguration(db)).some((agent) => agent.agentId === agentId),
    (await listAgentReadings(db, Date.now())).some((agent) => agent.agentId === agentId),
  ]
  expect(await listed()).toEqual([true, true, true])
  await forget()
  expect(await listed()).toEqual([false, false, false])
  expect(await findAgent(db, agentId)).toMatchObject({ forgottenAt: expect.any(Date), forgottenBy: 'ada' })
  const { entries } = await listAuditEntries(db, { action: 'agent.forgotten', subject: agentId, limit: 2 })
  expect(entries).toMatchObject([{ actor: 'ada', reason: 'sold' }])
  expect((await listOpenAlerts(db)).filter(({ component }) => component === agentId)).toEqual([])
  expect(await findTrial(db, trialId)).toMatchObject({ state: 'kept' })
  expect(await listConfigurations(db, agentId)).toHaveLength(1)
  const heartbeat = { agentId, instanceId: `${agentId}-1`, version: 1, values: {}, sentAt: Date.now() }
  expect(await recordHeartbeat(db, heartbeat, Date.now())).toMatchObject({ known: false, assignedVersion: null })
  expect(await listed()).toEqual([false, false, false])
  expect(await register()).toMatchObject({ version: 1 })
  expect(await listed()).toEqual([true, true, true])
})

test('what an agent reported before it was forgotten does not count when it comes back', async () => {
  const { db } = store
  const instanceId = `${agentId}-1`
  const declare = async (kind: 'continuous' | 'proportion', now: number) => {
    const metrics = [{ name: 'half', unit: '', direction: 'higher' as const, kind, description: '' }]
    await registerInstance(db, announcement(agentId, instanceId, { metrics }), now)
  }
  const report = (value: number, at: number) =>
    ingestReports(db, batch(agentId, instanceId, { executions: [execution({ at, metrics: { half: value } })] }), Date.now())
  const past = Date.now() - 60_000
  // A series needs values that span half an hour.
  const earlier = past - 40 * 60_000
  await declare('continuous', earlier)
  await report(2, past)
  for (const at of [earlier, past]) {
    const seen = snapshot([agentProfile(agentId, { metrics: { half: 2 } })], {}, at)
    await insertSnapshot(db, seen, null)
    await recordAgentMetrics(db, seen)
  }
  const known = async () => ({
    recent: (await readRecentExecutions(db, [agentId])).recent[0]?.reported.half ?? [],
    newest: (await listNewestExecutionsByAgent(db, [agentId])).map(({ metrics }) => metrics?.half),
    history: (await listInstanceExecutions(db, { agentId, instanceIds: [instanceId], from: new Date(0) })).length,
    series: (await loadRecentMetrics(db, [agentId])).get(agentId)?.half ?? [],
    profiled: (await findLatestAgentProfiles(db, [agentId]))!.agents.map((agent) => agent.agentId),
  })
  expect(await known()).toEqual({ recent: [2], newest: [2], history: 1, series: [2, 2], profiled: [agentId] })
  await forget()
  await declare('proportion', Date.now())
  expect(await known()).toEqual({ recent: [], newest: [], history: 0, series: [], profiled: [] })
  await report(0.5, Date.now() + 1)
  expect(await known()).toMatchObject({ recent: [0.5], newest: [0.5], history: 1 })
})

test('the drift of a forgotten instance does not follow one that comes back under its name', async () => {
  const { db } = store
  const instanceId = `${agentId}-1`
  const past = Date.now() - 60_000
  const values = { cacheSize: 9, parallelism: 2 }
  await recordHeartbeat(db, { agentId, instanceId, version: 1, values, sentAt: past }, past)
  const drifted = () => listInstancesDriftedSince(db, agentId, [instanceId], new Date())
  expect(await drifted()).toEqual([instanceId])
  await forget()
  await register()
  expect(await drifted()).toEqual([])
})

test('an alert about drift is listed while the instance is live, and resolved when it leaves or its agent is forgotten', async () => {
  const { db } = store
  const instanceId = `${agentId}-1`
  const drifting = {
    cause: 'drifting-instance',
    severity: 'high',
    component: `${agentId}/${instanceId}`,
    message: 'a test',
  } as const
  const drift = async (at: number) => {
    const values = { cacheSize: 9, parallelism: 2 }
    await recordHeartbeat(db, { agentId, instanceId, version: 1, values, sentAt: at }, at)
    await raiseAlert(db, drifting)
  }
  const count = async () => {
    const listed = (await listOpenAlerts(db)).filter(({ component }) => component === drifting.component)
    const alerts = db.selectFrom('alerts').where('component', '=', drifting.component)
    const open = await alerts.where('resolvedAt', 'is', null).selectAll().execute()
    return [listed.length, open.length]
  }
  await drift(Date.now())
  expect(await count()).toEqual([1, 1])
  await recordDeparture(db, { agentId, instanceId })
  expect(await count()).toEqual([0, 0])
  await drift(Date.now() - 60_000)
  expect(await count()).toEqual([0, 1])
  await raiseAlert(db, { cause: 'left-out-agent', severity: 'high', component: `collection of ${agentId}`, message: 'a test' })
  await forget()
  expect(await count()).toEqual([0, 0])
  expect((await listOpenAlerts(db)).filter(({ component }) => component.endsWith(` of ${agentId}`))).toEqual([])
})

test('an agent that runs is not forgotten', async () => {
  await register()
  await expect(forget()).rejects.toMatchObject({ code: 'agent-live' })
})

test('an agent with an open trial or restore is not forgotten', async () => {
  const trialId = `opt_2_${agentId}`
  await tryOn(trialId)
  await expect(forget()).rejects.toMatchObject({ code: 'trial-open', message: expect.stringContaining(`rollback ${trialId}`) })
  await updateTrial(store.db, trialId, { state: 'restored', endedAt: new Date() })
  await acquireLock(store.db, agentId, 'restore-x/1', 60_000, Date.now())
  await expect(forget()).rejects.toMatchObject({ code: 'restore-open' })
})

test('the agent in focus is not forgotten, since nothing else would be optimized', async () => {
  const focus = { field: 'focus' as const, oldValue: null, newValue: agentId, changedBy: 'ada', reason: 'a test' }
  await recordPolicyChanges(store.db, [focus])
  await expect(forget()).rejects.toMatchObject({ code: 'in-focus' })
})

test('an agent that is unknown or already forgotten cannot be forgotten', async () => {
  await forget()
  await expect(forget()).rejects.toMatchObject({ code: 'unknown-agent' })
  await expect(forgetAgent(store.db, { agentId: 'nobody', by: 'ada' })).rejects.toMatchObject({ code: 'unknown-agent' })
})
