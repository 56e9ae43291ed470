import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  closeApproval,
  findApproval,
  findCompetingApproval,
  listOpenApprovals,
  loadKnobsAwaitingDecision,
  recordApprovalLapse,
  requestApproval,
} from '../../../src/store/approvals.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

const dayMs = 86_400_000
const yesterday = new Date(Date.now() - dayMs)

/** Asks about a change of the agent's cacheSize. */
async function asked(agentId: string): Promise<string> {
  const trialId = `opt_1_${agentId}`
  await insertStrategies(store.db, 'cycle-1', [strategyFor(agentId, trialId)])
  await requestApproval(store.db, { trialId, agentId }, dayMs)
  return trialId
}
const rests = async (agentId: string, declinedSince = yesterday) =>
  (await loadKnobsAwaitingDecision(store.db, declinedSince))[agentId]?.map(({ knob }) => knob)

test('a strategy that waits for approval is listed with its changes, and its knobs are left alone', async () => {
  const trialId = await asked('waiting')
  const [listed] = (await listOpenApprovals(store.db)).filter((request) => request.trialId === trialId)
  expect(listed).toMatchObject({ state: 'open', agentId: 'waiting', strategy: { actions: [{ knob: 'cacheSize', to: 4 }] } })
  expect(listed!.until.getTime() - listed!.askedAt.getTime()).toBeGreaterThan(dayMs / 2)
  expect(await rests('waiting')).toEqual(['cacheSize'])
})

test('a repeated request and every decision after the first change nothing', async () => {
  const trialId = await asked('decided')
  await closeApproval(store.db, trialId, { state: 'declined', by: 'ada', reason: 'too risky' })
  await closeApproval(store.db, trialId, { state: 'approved', by: 'bob', reason: '' })
  await requestApproval(store.db, { trialId, agentId: 'decided' }, dayMs)
  expect(await findApproval(store.db, trialId)).toMatchObject({ state: 'declined', decidedBy: 'ada', reason: 'too risky' })
})

test('knobs are left alone for the given time after a change was declined, but not after it timed out', async () => {
  await closeApproval(store.db, await asked('declined'), { state: 'declined', by: 'ada', reason: '' })
  expect(await rests('declined')).toEqual(['cacheSize'])
  expect(await rests('declined', new Date(Date.now() + dayMs))).toBeUndefined()
  await closeApproval(store.db, await asked('ignored'), { state: 'timed-out', by: null, reason: '' })
  expect(await rests('ignored')).toBeUndefined()
})

test('knobs are left alone until the approved trial has ended', async () => {
  const trialId = await asked('running')
  await closeApproval(store.db, trialId, { state: 'approved', by: 'ada', reason: '' })
  const arms = { design: 'before-after' as const, candidateInstances: ['a'], controlInstances: [] }
  const versions = { baselineVersion: 1, candidateVersion: 2 }
  await insertTrial(store.db, { id: trialId, agentId: 'running', workflowId: `trial-${trialId}`, ...arms, ...versions })
  expect(await rests('running')).toEqual(['cacheSize'])
  await updateTrial(store.db, trialId, { state: 'restored', endedAt: new Date() })
  expect(await rests('running')).toBeUndefined()
})

test('an approval whose trial could not be carried out lapses, and keeps who approved it and why', async () => {
  const trialId = await asked('lapsed')
  await recordApprovalLapse(store.db, trialId, 'it is not approved yet')
  expect(await findApproval(store.db, trialId)).toMatchObject({ state: 'open', reason: null })
  await closeApproval(store.db, trialId, { state: 'approved', by: 'ada', reason: 'a quiet day' })
  await recordApprovalLapse(store.db, trialId, 'the agent is away')
  const record = { state: 'lapsed', decidedBy: 'ada', reason: 'a quiet day; not done: the agent is away' }
  expect(await findApproval(store.db, trialId)).toMatchObject(record)
  expect(await rests('lapsed')).toBeUndefined()
})

test('a request is in the way of another about the same knob until it is settled', async () => {
  const trialId = await asked('contested')
  const other = strategyFor('contested', 'opt_2_contested')
  expect(await findCompetingApproval(store.db, other)).toEqual({ trialId, knob: 'cacheSize' })
  expect(await findCompetingApproval(store.db, strategyFor('contested', trialId))).toBeUndefined()
  expect(await findCompetingApproval(store.db, strategyFor('uncontested', 'opt_2_u'))).toBeUndefined()
  await closeApproval(store.db, trialId, { state: 'declined', by: 'ada', reason: '' })
  expect(await findCompetingApproval(store.db, other)).toBeUndefined()
})
