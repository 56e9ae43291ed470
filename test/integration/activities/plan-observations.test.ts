import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planObservations } from '../../../src/activities/plan-observations.ts'
import { configSchema } from '../../../src/config/config.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { loadKnobsByAgent, registerInstance } from '../../../src/store/agents.ts'
import { loadEligibilityRecord } from '../../../src/trials/eligibility-facts.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { agentProfile, messages, snapshot } from '../../support/profiles.ts'
import { announcement, createTestStore, intKnob, strategyFor, type TestStore } from '../../support/store.ts'

const agentIds = ['a', 'b', 'c']
const strategies = agentIds.map((agentId) => strategyFor(agentId, `opt_1_${agentId}`))
const knobs = [intKnob('cacheSize', { affects: [{ metric: 'responseTime', improves: 'increase' }] })]

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  for (const agentId of agentIds) {
    // One execution a minute: no trial fits into a cycle.
    const past = Array.from({ length: 40 }, (_, minutes) => ({
      agentName: agentId,
      instanceId: `${agentId}-1`,
      executionType: 'decision_cycle',
      executionTimeMs: 100,
      success: true,
      timestamp: new Date(Date.now() - 60_000 * minutes),
    }))
    await store.db.insertInto('agentExecutions').values(past).execute()
  }
})
afterAll(() => store?.drop())

async function plan(planned = strategies, trials: object = {}, cacheSizes: Record<string, number> = {}) {
  const { db } = store
  // On a busy machine, instances that announced themselves for an earlier test would no longer count as live.
  for (const agentId of agentIds)
    for (const number of [1, 2, 3]) await registerInstance(db, announcement(agentId, `${agentId}-${number}`, { knobs }))
  const config = configSchema.parse({ dataDir: temporaryFolder(), trials: { concurrentLong: 2, candidateShare: 1, ...trials } })
  const seen = snapshot(
    agentIds.map((agentId) =>
      agentProfile(agentId, { kind: 'bot', configuration: { version: 1, values: { cacheSize: cacheSizes[agentId] ?? 2 } } }),
    ),
    {},
    Date.now(),
  )
  const eligibility = await loadEligibilityRecord(db, config, { now: seen.takenAt })
  return await planObservations(db, config, planned, {
    snapshot: seen,
    thresholds: defaultThresholds,
    knobs: await loadKnobsByAgent(db),
    experience: [],
    policy: defaultPolicy,
    pairs: [messages('a', 'b', {})],
    eligibility,
  })
}

test('no more trials outside cycles are planned than may run at once', async () => {
  const { strategies: planned, skipped } = await plan()
  expect(planned.map(({ id, observation }) => [id, observation !== undefined])).toEqual(strategies.map(({ id }) => [id, true]))
  expect(skipped).toEqual({ opt_1_c: expect.stringContaining('limit on trials outside cycles reached (2 running)') })
  expect((await plan(strategies, { concurrentLong: 3 })).skipped).toEqual({})
})

describe('agents that are alike', () => {
  const alike = { concurrentLong: 4, alike: ['bot'] }
  const membersOf = ({ strategies: [first] }: Awaited<ReturnType<typeof plan>>) =>
    first!.pool?.members.map(({ agentId }) => agentId)

  test('get the same change, judged together and therefore sooner', async () => {
    const [alone] = (await plan(strategies.slice(0, 1))).strategies
    const { strategies: planned, skipped } = await plan(strategies.slice(0, 1), alike)
    expect(planned.map(({ id, agentId, actions }) => [id, agentId, actions[0]!.agentId, actions[0]!.to])).toEqual([
      ['opt_1_a', 'a', 'a', 4],
      ['opt_1_a_2', 'b', 'b', 4],
      ['opt_1_a_3', 'c', 'c', 4],
    ])
    expect(new Set(planned.map(({ pool }) => pool?.id))).toEqual(new Set(['opt_1_a']))
    expect(skipped).toEqual({})
    expect((3 * planned[0]!.observation!.ms) / alone!.observation!.ms).toBeCloseTo(1, 1)
  })

  test('are left out if they have other values, or if no more trials may run at once', async () => {
    expect(membersOf(await plan(strategies.slice(0, 1), alike, { b: 3 }))).toEqual(['a', 'c'])
    expect(membersOf(await plan(strategies.slice(0, 1), { ...alike, concurrentLong: 2 }))).toEqual(['a', 'b'])
    expect(membersOf(await plan(strategies.slice(0, 1), { ...alike, alike: ['other'] }))).toBeUndefined()
  })

  test('get no other trial meanwhile', async () => {
    const { skipped } = await plan(strategies, alike)
    expect(skipped).toEqual({ opt_1_b: 'another trial on b comes first', opt_1_c: 'another trial on c comes first' })
  })
})

test('an agent whose data cannot be processed is skipped, with the reason, and the others are planned', async () => {
  const [first, broken, last] = strategies
  const { strategies: planned, skipped, unusable } = await plan([first!, { ...broken!, targetMetric: 'goalProgress' }, last!])
  expect(planned).toHaveLength(3)
  const reason = 'No trial can be judged by goalProgress; choose a metric of executions or negotiations.'
  expect(skipped).toEqual({ opt_1_b: `its trial cannot be planned: ${reason}` })
  expect(unusable).toEqual([{ agentId: 'b', reason }])
})
