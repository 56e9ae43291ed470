import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { beginTrial } from '../../../src/activities/begin-trial.ts'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { configSchema } from '../../../src/config/config.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Strategy } from '../../../src/model/strategy.ts'
import { loadAgentExplanation } from '../../../src/reading/explain-agent.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { appendConfiguration, setProvenVersion } from '../../../src/store/configurations.ts'
import { listCommunicatingPairs } from '../../../src/store/messages.ts'
import { loadOperatorSetKnobs } from '../../../src/store/proven-versions.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial } from '../../../src/store/trials.ts'
import { admitTrial } from '../../../src/trials/admit.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, intKnob, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
const knobs = [intKnob('cacheSize', { affects }), intKnob('parallelism', { affects })]
let agents = 0
let agentId: string
beforeEach(async () => {
  agentId = `hunter-${++agents}`
  await registerInstance(store.db, announcement(agentId, `${agentId}-1`, { knobs }), Date.now())
})

async function set(
  values: Record<string, number>,
  origin: 'operator' | 'restore' = 'operator',
  requestId?: string,
): Promise<number> {
  const { db } = store
  const current = await getCurrentConfiguration(db, agentId)
  const content = {
    agentId,
    values: { ...current.values, ...values },
    origin,
    requestId,
    reason: 'a test',
  }
  const version = await appendConfiguration(db, content)
  await setProvenVersion(db, agentId, version)
  return version
}

async function ask(strategy: Partial<Strategy> = {}, isLong = false): Promise<number> {
  const { db } = store
  const config = configSchema.parse({ dataDir: temporaryFolder() })
  const planned = { ...strategyFor(agentId, `opt_${agents}_x`), ...strategy }
  return await admitTrial(db, config, { kind: agentId, policy: defaultPolicy, strategy: planned, isLong })
}

test('a knob that was turned back and forth is left alone, unless a person requests a trial of it', async () => {
  await set({ cacheSize: 4 })
  await set({ cacheSize: 2 })
  expect(await ask()).toBe(1)
  await set({ cacheSize: 6 })
  await expect(ask()).rejects.toMatchObject({
    code: 'oscillating',
    message: expect.stringContaining('cacheSize: its direction was reversed twice within a day; it is in cooldown until'),
  })
  expect(await ask({ type: 'operator_request' })).toBe(1)
  expect(await ask({ actions: [{ description: '', agentId, knob: 'parallelism', from: 2, to: 3 }] })).toBe(1)
})

test('a knob that a person has set since is known, even if its value is the previous one', async () => {
  const candidate = await set({ cacheSize: 4 }, 'restore')
  await set({ parallelism: 5 }, 'restore')
  expect(await loadOperatorSetKnobs(store.db, agentId, candidate)).toEqual(new Set())
  await set({ cacheSize: 8 }, 'operator', 'first')
  await set({ cacheSize: 4 }, 'operator', 'second')
  expect(await loadOperatorSetKnobs(store.db, agentId, candidate)).toEqual(new Set(['cacheSize']))
})

test('a knob that a person has set since is known, even if its value is the one on trial', async () => {
  const { db } = store
  const { values } = await getCurrentConfiguration(db, agentId)
  const tried = { agentId, values: { ...values, cacheSize: 8 }, origin: 'trial', reason: 'a test' } as const
  const candidate = await appendConfiguration(db, tried)
  await set({ cacheSize: 8 }, 'operator', 'same')
  expect(await loadOperatorSetKnobs(db, agentId, candidate)).toEqual(new Set(['cacheSize']))
})

test('a knob that a person names counts as set, even if it already had that value', async () => {
  const { db } = store
  const { values, version } = await getCurrentConfiguration(db, agentId)
  const named = { agentId, values, origin: 'operator', requestId: 'named', decided: ['parallelism'], reason: 'a test' } as const
  await setProvenVersion(db, agentId, await appendConfiguration(db, { ...named, decided: [...named.decided] }))
  expect(await loadOperatorSetKnobs(db, agentId, version)).toEqual(new Set(['parallelism']))
})

test('agents depend on each other if they have exchanged messages, in either direction', async () => {
  const [one, other] = [agentId, `${agentId}-other`]
  await registerInstance(store.db, announcement(other, `${other}-1`), Date.now())
  const speak = async (fromAgent: string, toAgent: string, minutesAgo: number) => {
    const message = { fromAgent, toAgent, type: 'signal', delivered: true, timestamp: new Date(Date.now() - minutesAgo * 60_000) }
    await store.db.insertInto('agentMessages').values(message).execute()
  }
  const pairs = () => listCommunicatingPairs(store.db, [one, other], new Date(Date.now() - 3_600_000))
  await speak(other, one, 61)
  await speak(one, one, 1)
  await speak(one, 'stranger', 1)
  expect(await pairs()).toEqual([])
  await speak(other, one, 59)
  await speak(other, one, 1)
  expect(await pairs()).toEqual([[other, one]])
})

test.each([
  ['within', 2],
  ['outside', 4],
])('the caps for trials %s cycles refuse and are explained in the same words', async (where, most) => {
  const { db } = store
  const isLong = where === 'outside'
  const others = Array.from({ length: most }, (_, index) => `${agentId}-other-${index}`)
  for (const other of others) {
    const id = `opt_${agents}_${where}${others.indexOf(other)}`
    await registerInstance(db, announcement(other, `${other}-1`), Date.now())
    await insertStrategies(db, null, [strategyFor(other, id)])
    await insertTrial(db, {
      id,
      agentId: other,
      workflowId: id,
      design: 'before-after',
      baselineVersion: 1,
      candidateVersion: 1,
      candidateInstances: [`${other}-1`],
      controlInstances: [],
      ...(isLong && { observeMs: 3_600_000 }),
    })
  }
  const { restrictions = [] } = (await loadAgentExplanation(await withClosedTemporal(db), agentId))!
  const told = restrictions.filter(({ code }) => code === 'trial-limit' || code === 'candidate-limit')
  expect(told.map(({ code }) => code)).toContain('trial-limit')
  for (const { reason } of told) expect(reason).toContain(`s ${where} cycles reached (${most} `)
  await expect(ask({}, isLong)).rejects.toMatchObject({
    code: 'trial-limit',
    message: `${told.map(({ reason }) => reason).join('; ')}.`,
  })
  expect(await ask({}, !isLong)).toBeGreaterThan(0)
  await db.updateTable('trials').set({ endedAt: new Date() }).execute()
})

test('a trial on an agent of which no instance runs is refused by the rule about that', async () => {
  const { db } = store
  const away = `${agentId}-away`
  await registerInstance(db, announcement(away, `${away}-1`), Date.now() - 3_600_000)
  await db
    .updateTable('agentInstances')
    .set({ heartbeatAt: new Date(Date.now() - 3_600_000) })
    .where('agentId', '=', away)
    .execute()
  const trialId = `opt_${agents}_away`
  await insertStrategies(db, null, [strategyFor(away, trialId)])
  const dependencies = { db, config: configSchema.parse({ dataDir: temporaryFolder() }) } as Dependencies
  const now = Date.now()
  const environment = new MockActivityEnvironment(
    {
      scheduledTimestampMs: now,
      currentAttemptScheduledTimestampMs: now,
      heartbeatTimeoutMs: 600_000,
      scheduleToCloseTimeoutMs: 900_000,
    },
    { logger: new DefaultLogger('ERROR') },
  )
  await expect(environment.run(() => beginTrial(dependencies, trialId, defaultPolicy))).rejects.toMatchObject({
    code: 'no-live-instance',
  })
})
