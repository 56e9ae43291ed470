import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { applyPoolDecision, findOpenPool } from '../../../src/activities/pool.ts'
import { optimizationStatusSchema } from '../../../src/messaging/performance.ts'
import { isConnectionLost } from '../../../src/store/errors.ts'
import { acquireLock, findLock, releaseLock, renewLock } from '../../../src/store/locks.ts'
import { insertOutboxMessages, listOutboxMessages } from '../../../src/store/outbox.ts'
import { recordPoolDecision } from '../../../src/store/pools.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import {
  countAgentTrials,
  findTrial,
  insertTrial,
  insertTrialSamples,
  listOpenTrials,
  listTrialSamples,
  listTrialsWithStrategies,
  publishTrialState,
  updateTrial,
} from '../../../src/store/trials.ts'
import { createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

async function newTrial(agentId: string, id: string) {
  await insertStrategies(store.db, null, [strategyFor(agentId, id)])
  return {
    id,
    agentId,
    workflowId: `trial-${id}`,
    design: 'concurrent' as const,
    baselineVersion: 1,
    candidateVersion: 2,
    candidateInstances: ['1'],
    controlInstances: ['2', '3'],
  }
}

test('a trial is inserted once, updated, and open until it ends', async () => {
  const begun = await newTrial('hunter', 'opt_1_a')
  const created = await insertTrial(store.db, begun)
  expect(created).toMatchObject({ ...begun, state: 'applying', issues: [], judgement: null, endedAt: null })
  const judgement = {
    decision: 'keep' as const,
    metric: 'responseTime' as const,
    design: 'concurrent' as const,
    improvement: 12.5,
    interval: [8, 17] as [number, number],
    samples: { control: 40, candidate: 40 },
    reason: 'faster',
  }
  const observingAt = new Date()
  await updateTrial(store.db, 'opt_1_a', { state: 'observing', observingAt, judgement, issues: ['slow start'] })
  expect(await insertTrial(store.db, begun)).toMatchObject({ state: 'observing', observingAt, judgement, issues: ['slow start'] })
  expect((await listOpenTrials(store.db)).map(({ id }) => id)).toContain('opt_1_a')
  await updateTrial(store.db, 'opt_1_a', { state: 'kept', endedAt: new Date() })
  expect(await findTrial(store.db, 'opt_1_a')).toMatchObject({ state: 'kept', judgement })
  expect((await listOpenTrials(store.db)).map(({ id }) => id)).not.toContain('opt_1_a')
  expect(await findTrial(store.db, 'unknown')).toBeUndefined()
})

test('each state of a trial is reported once, in order, together with its record', async () => {
  const id = 'opt_1_status'
  const begun = await newTrial('reporter', id)
  await insertTrial(store.db, begun)
  await insertTrial(store.db, begun)
  await updateTrial(store.db, id, { state: 'observing', issues: ['slow start'] })
  await updateTrial(store.db, id, { state: 'observing', observingAt: new Date() })
  await expect(
    store.db.transaction().execute(async (trx) => {
      await updateTrial(trx, id, { state: 'restoring' })
      throw new Error('undone')
    }),
  ).rejects.toThrow('undone')
  await updateTrial(store.db, id, { state: 'kept', endedAt: new Date() })
  const result = { verdict: 'keep' as const, success: true, actualImprovement: 12, interval: null, reason: 'faster' }
  await publishTrialState(store.db, id, { result })
  const messages = (await listOutboxMessages(store.db, 100))
    .filter(({ subject }) => subject === 'performance.optimization_status')
    .map(({ content }) => optimizationStatusSchema.parse(JSON.parse(content)))
    .filter(({ trialId }) => trialId === id)
  expect(messages.map(({ state, issues }) => `${state} ${issues.join()}`.trim())).toEqual([
    'applying',
    'observing slow start',
    'kept slow start',
    'kept slow start',
  ])
  expect(messages.at(-1)).toMatchObject({ agentId: 'reporter', result })
})

test('the trials of an agent are listed newest first', async () => {
  for (const id of ['opt_2_a', 'opt_2_b']) await insertTrial(store.db, await newTrial('analyzer', id))
  expect((await listTrialsWithStrategies(store.db, 'analyzer', 10)).map(({ id }) => id)).toEqual(['opt_2_b', 'opt_2_a'])
  expect(await listTrialsWithStrategies(store.db, 'analyzer', 1)).toMatchObject([{ id: 'opt_2_b', result: null }])
  expect(await countAgentTrials(store.db, 'analyzer')).toBe(2)
})

describe('a pool', () => {
  const members = [
    { strategyId: 'opt_4_a', agentId: 'pooled-a' },
    { strategyId: 'opt_4_b', agentId: 'pooled-b' },
  ]
  const pool = { id: 'opt_4_a', members }
  const undecided = {
    decision: 'continue' as const,
    metric: 'responseTime' as const,
    design: 'concurrent' as const,
    improvement: null,
    interval: null,
    samples: { control: 0, candidate: 0 },
    reason: 'too little is known',
  }

  test('is joined by trials of the same design until it has decided', async () => {
    expect(await findOpenPool(store.db, pool.id, 'before-after')).toBe(pool.id)
    for (const { strategyId, agentId } of members)
      await insertTrial(store.db, { ...(await newTrial(agentId, strategyId)), poolId: pool.id })
    expect(await findOpenPool(store.db, pool.id, 'before-after')).toBeNull()
    expect(await findOpenPool(store.db, pool.id, 'concurrent')).toBe(pool.id)
    await recordPoolDecision(store.db, pool.id, { verdict: 'keep', reason: 'faster', judged: ['opt_4_a'] })
    expect(await findOpenPool(store.db, pool.id, 'concurrent')).toBeNull()
  })

  test('binds the trials that its decision is based on, and all of them once harm shows', async () => {
    const follow = async (trialId: string) => {
      const trial = (await findTrial(store.db, trialId))!
      const step = { pool, trial, step: 'candidate' as const, judged: [trialId] }
      return (await applyPoolDecision({ db: store.db } as Dependencies, step, undecided)).decision
    }
    expect([await follow('opt_4_a'), await follow('opt_4_b')]).toEqual(['keep', 'continue'])
    await recordPoolDecision(store.db, pool.id, { verdict: 'roll-back', reason: 'slower', judged: ['opt_4_a'] })
    expect([await follow('opt_4_a'), await follow('opt_4_b')]).toEqual(['roll-back', 'roll-back'])
  })
})

test('samples that are recorded again count once', async () => {
  await insertTrial(store.db, await newTrial('hunter', 'opt_3_a'))
  const sample = {
    executionId: randomUUID(),
    arm: 'control' as const,
    instanceId: '1',
    timestamp: new Date(),
    value: 12,
    success: true,
    metrics: { costUsd: 0.02 },
  }
  await insertTrialSamples(store.db, 'opt_3_a', [sample])
  await insertTrialSamples(store.db, 'opt_3_a', [sample, { ...sample, executionId: randomUUID(), arm: 'candidate' }])
  await insertTrialSamples(store.db, 'opt_3_a', [])
  expect((await listTrialSamples(store.db, 'opt_3_a')).map(({ arm }) => arm).toSorted()).toEqual(['candidate', 'control'])
})

test('more messages than a statement has parameters are recorded at once, in their order', async () => {
  const many = Array.from({ length: 33_000 }, (_, n) => ({ subject: 'many', content: { n } }))
  await insertOutboxMessages(store.db, many)
  const except = ['performance.optimization_status']
  const messages = await listOutboxMessages(store.db, many.length + 1, except)
  expect(messages.map(({ content }) => JSON.parse(content).n)).toEqual(many.map(({ content }) => content.n))
  const rows = many.map(({ subject }) => ({ subject, content: '' }))
  const refused = await store.db
    .insertInto('outbox')
    .values(rows)
    .execute()
    .catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: '08P01' })
  expect(isConnectionLost(refused)).toBe(false)
})

test('one trial at a time holds the lock of an agent', async () => {
  const now = Date.now()
  const taken = await Promise.all(['a', 'b', 'c', 'd'].map((id) => acquireLock(store.db, 'contested', id, 1_000, now)))
  expect(taken.filter(Boolean)).toHaveLength(1)
  const holder = (await findLock(store.db, 'contested'))!.trialId
  expect(await acquireLock(store.db, 'contested', holder, 1_000, now)).toBe(true)
})

test('a lock that was not renewed can be taken over, and then no longer belongs to its former holder', async () => {
  const now = Date.now()
  expect(await acquireLock(store.db, 'hunter', 'old', 1_000, now)).toBe(true)
  expect(await acquireLock(store.db, 'hunter', 'new', 1_000, now + 999)).toBe(false)
  expect(await renewLock(store.db, 'hunter', 'old', 1_000, now + 500)).toBe(true)
  expect(await acquireLock(store.db, 'hunter', 'new', 1_000, now + 1_000)).toBe(false)
  expect(await acquireLock(store.db, 'hunter', 'new', 1_000, now + 1_500)).toBe(true)
  expect(await renewLock(store.db, 'hunter', 'old', 1_000, now + 1_500)).toBe(false)
  await releaseLock(store.db, 'hunter', 'old')
  expect(await findLock(store.db, 'hunter')).toMatchObject({ trialId: 'new' })
  await releaseLock(store.db, 'hunter', 'new')
  expect(await findLock(store.db, 'hunter')).toBeUndefined()
})

test('the progress of a trial ends when its change is undone', async () => {
  await insertTrial(store.db, await newTrial('undone', 'opt_9_a'))
  await updateTrial(store.db, 'opt_9_a', { state: 'observing', progress: { decisions: 80, until: null } })
  expect(await findTrial(store.db, 'opt_9_a')).toMatchObject({ progress: { decisions: 80 } })
  await updateTrial(store.db, 'opt_9_a', { state: 'restoring' })
  expect(await findTrial(store.db, 'opt_9_a')).toMatchObject({ progress: null })
})
