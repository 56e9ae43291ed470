import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { forEachAgent } from '../../../src/activities/for-each-agent.ts'
import { createRollBackAllActivity } from '../../../src/activities/roll-back-all.ts'
import { createWatchActivity } from '../../../src/activities/watch.ts'
import { configSchema } from '../../../src/config/config.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, type TrialUpdate, updateTrial } from '../../../src/store/trials.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const alerts = async () => (await listOpenAlerts(store.db)).map(({ component, message }) => [component, message])
const agents = ['a', 'b', 'c'].map((agentId) => ({ agentId }))
const failingFor = (broken: string[], error: Error) => {
  const done: string[] = []
  const work = async ({ agentId }: { agentId: string }) => {
    if (broken.includes(agentId)) throw error
    done.push(agentId)
  }
  return { done, outcome: forEachAgent(store.db, 'test', agents, work) }
}

test('an agent that makes a step fail is named in an alert as long as it does, and the others go on', async () => {
  const overflow = Object.assign(new Error('value out of range'), { code: '22003' })
  for (const broken of [['b', 'c'], ['b'], []]) {
    const { done, outcome } = failingFor(broken, overflow)
    await outcome
    expect(done).toEqual(['a', 'b', 'c'].filter((agentId) => !broken.includes(agentId)))
    const expected = broken.map((id) => [
      `test of ${id}`,
      `The test skips ${id} and continues with the other agents: value out of range`,
    ])
    expect((await alerts()).toSorted()).toEqual(expected)
  }
})

test('a lost connection fails the step, which is then repeated, and is nobody’s alert', async () => {
  const lost = Object.assign(new Error('terminating connection'), { code: '57P01' })
  await expect(failingFor(['b'], lost).outcome).rejects.toBe(lost)
  expect(await alerts()).toEqual([])
})

async function trialOf(agentId: string, candidateVersion: number, change: TrialUpdate): Promise<string> {
  const id = `opt_1_${agentId}`
  await registerInstance(store.db, announcement(agentId, `${agentId}-1`))
  await insertStrategies(store.db, null, [strategyFor(agentId, id)])
  await insertTrial(store.db, {
    id,
    agentId,
    workflowId: `trial-${id}`,
    design: 'before-after',
    baselineVersion: 1,
    candidateVersion,
    candidateInstances: [`${agentId}-1`],
    controlInstances: [],
  })
  await updateTrial(store.db, id, change)
  return id
}

test('a kept trial that cannot be checked does not end the watch over the others', async () => {
  const kept = { state: 'kept', endedAt: new Date(), observingAt: new Date() } as const
  await trialOf('incomplete', 99, kept)
  const { db } = store
  const watch = createWatchActivity({ db, config: configSchema.parse({}) } as Dependencies)
  expect(await watch()).toEqual({ rolledBack: [] })
  expect(await alerts()).toEqual([
    ['watch for late harm of incomplete', expect.stringContaining('The watch for late harm skips incomplete')],
  ])
})

test('the kill switch reaches every trial, even if one cannot be reached', async () => {
  const open = await Promise.all(['first', 'second', 'third'].map((agentId) => trialOf(agentId, 1, { state: 'observing' })))
  const signalled: string[] = []
  const signal = async (_signal: unknown, trialId: string) => {
    if (trialId === 'opt_1_first') throw new Error('no answer')
    signalled.push(trialId)
  }
  const temporal = { workflow: { getHandle: () => ({ signal }) } } as unknown as Client
  const rollBackAll = createRollBackAllActivity({ db: store.db, temporal, config: configSchema.parse({}) } as Dependencies)
  await expect(rollBackAll({ reason: 'stop' })).rejects.toThrow('no answer')
  expect(signalled.toSorted()).toEqual(open.slice(1).toSorted())
  expect(await findTrial(store.db, open[1]!)).toMatchObject({ state: 'observing' })
})
