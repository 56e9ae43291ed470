import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bottleneck } from '../../../src/model/bottleneck.ts'
import type { OptimizationResult } from '../../../src/model/result.ts'
import { loadMetricHistory, recordAgentMetrics } from '../../../src/store/agent-metrics.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts, listTrialAlerts, raiseAlert, resolveAlert, resolveTrialAlerts } from '../../../src/store/alerts.ts'
import { listBottlenecks, replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import {
  findCycle,
  listLatestCycles,
  recordCycleAbandonment,
  recordCycleEnd,
  recordCycleSkips,
  recordCycleStart,
  updateCyclePhases,
} from '../../../src/store/cycles.ts'
import { loadExperience } from '../../../src/store/experience.ts'
import { findLatestPortfolio } from '../../../src/store/portfolio.ts'
import {
  findResult,
  listCycleResults,
  listResults,
  recordReinstatement,
  recordUndo,
  upsertResult,
} from '../../../src/store/results.ts'
import {
  deleteSupersededAgentProfiles,
  findCycleAgentProfile,
  findCycleSnapshot,
  findSnapshot,
  insertSnapshot,
} from '../../../src/store/snapshots.ts'
import {
  findNextStrategy,
  findStrategy,
  findStrategyRecord,
  insertStrategies,
  listCycleStrategies,
  listSkippedStrategies,
  markStrategySkipped,
} from '../../../src/store/strategies.ts'
import { recordSystemMetrics } from '../../../src/store/system-metrics.ts'
import { insertTrial } from '../../../src/store/trials.ts'
import { agentProfile, snapshot } from '../../support/profiles.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { planned, resultOf as resultOfTrial } from '../../support/trial-facts.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

test('a cycle collects its phases, and a second start of the same run changes nothing', async () => {
  const started = { id: 'cycle-1', runId: 'run-1', target: 'hunter' }
  await recordCycleStart(store.db, started)
  await updateCyclePhases(store.db, 'cycle-1', { collectMs: 40 })
  await recordCycleSkips(store.db, 'cycle-1', ['a: left alone'])
  await recordCycleStart(store.db, started)
  await recordCycleEnd(store.db, 'cycle-1', { state: 'completed', phases: { detectMs: 5 } })
  expect(await findCycle(store.db, 'cycle-1')).toMatchObject({
    target: 'hunter',
    state: 'completed',
    phases: { collectMs: 40, detectMs: 5 },
    skipped: ['a: left alone'],
    endedAt: expect.any(Date),
  })
  await recordCycleStart(store.db, { id: 'cycle-1', runId: 'run-2' })
  expect(await findCycle(store.db, 'cycle-1')).toMatchObject({
    runId: 'run-2',
    state: 'running',
    phases: {},
    skipped: [],
    target: null,
    endedAt: null,
  })
  expect((await listLatestCycles(store.db)).map(({ id }) => id)).toEqual(['cycle-1'])
})

test('a cycle that has ended in the meantime is not abandoned', async () => {
  for (const id of ['cycle-ended', 'cycle-left']) await recordCycleStart(store.db, { id, runId: 'run-1' })
  await recordCycleEnd(store.db, 'cycle-ended', { state: 'completed' })
  for (const id of ['cycle-ended', 'cycle-left']) await recordCycleAbandonment(store.db, id)
  expect(await findCycle(store.db, 'cycle-ended')).toMatchObject({ state: 'completed' })
  expect(await findCycle(store.db, 'cycle-left')).toMatchObject({ state: 'failed', endedAt: expect.any(Date) })
})

test('snapshots are found by id and by cycle', async () => {
  const seen = ['analyzer', 'hunter', 'idle'].map((agentId) => agentProfile(agentId, { kind: 'a "kind"\nof its own' }))
  const [first, second] = [snapshot(seen, {}, 1_000), snapshot([], {}, 2_000)]
  await insertSnapshot(store.db, first, 'cycle-1')
  await insertSnapshot(store.db, second, 'cycle-2')
  await insertSnapshot(store.db, second, 'cycle-2')
  expect(await findSnapshot(store.db, first.id)).toEqual(first)
  expect(await findCycleSnapshot(store.db, 'cycle-1')).toEqual(first)
  expect(await findCycleAgentProfile(store.db, 'cycle-1', 'hunter')).toEqual(seen[1])
  expect(await findCycleAgentProfile(store.db, 'cycle-2', 'hunter')).toBeUndefined()
})

test('after an hour, only the newest snapshot, those of running cycles and the agents with a strategy keep their profiles', async () => {
  const { db } = store
  const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000
  const take = async (cycleId: string, hours: number) => {
    await recordCycleStart(db, { id: cycleId, runId: 'run' })
    await insertSnapshot(
      db,
      {
        ...snapshot(
          ['hunter', 'idle'].map((agentId) => agentProfile(agentId)),
          {},
          hoursAgo(hours),
        ),
        id: cycleId,
      },
      cycleId,
    )
  }
  await take('profiles-tried', 5)
  await take('profiles-running', 4)
  await take('profiles-newest', 3)
  await insertStrategies(db, 'profiles-tried', [strategyFor('hunter', 'opt_of_profiles')])
  for (const id of ['profiles-tried', 'profiles-newest']) await recordCycleAbandonment(db, id)
  await deleteSupersededAgentProfiles(db)
  const kept = async (id: string) => (await findSnapshot(db, id))?.agents.map(({ agentId }) => agentId)
  expect(await kept('profiles-tried')).toEqual(['hunter'])
  expect(await kept('profiles-running')).toEqual(['hunter', 'idle'])
  expect(await kept('profiles-newest')).toEqual(['hunter', 'idle'])
})

test('the snapshots of an agent form its history: every recent point, hourly means of older ones, and only as far back as needed', async () => {
  const now = Date.now()
  const hour = Math.floor((now - 30 * 3_600_000) / 3_600_000) * 3_600_000
  const seen = (takenAt: number, responseTime: number | null) =>
    recordAgentMetrics(store.db, snapshot([agentProfile('hunter', { responseTime, successRate: 0.8 })], {}, takenAt))
  await seen(now - 30 * 24 * 3_600_000, 100)
  await seen(hour + 60_000, 1000)
  await seen(hour + 120_000, 3000)
  await seen(now - 120_000, 1500)
  await seen(now - 60_000, null)
  await seen(now - 60_000, 9000)
  const { hunter } = await loadMetricHistory(store.db)
  expect(hunter!.responseTime).toEqual([
    { at: hour + 120_000, value: 2000 },
    { at: now - 120_000, value: 1500 },
  ])
  expect(hunter!.successRate!.map(({ value }) => value)).toEqual([0.8, 0.8, 0.8])
})

test('strategies of a cycle are read best first', async () => {
  const written = ['opt_9_c', 'opt_9_a', 'opt_9_b'].map((id) => strategyFor('hunter', id))
  await insertStrategies(store.db, 'cycle-9', written)
  expect(await listCycleStrategies(store.db, 'cycle-9')).toEqual(written)
})

test('bottlenecks of a cycle that are stored twice count once', async () => {
  const bottleneck: Bottleneck = {
    type: 'agent_response_time',
    severity: 'high',
    affectedComponent: 'hunter',
    description: 'slow',
    impact: 40,
    suggestedFix: 'faster',
  }
  const found = [bottleneck, { ...bottleneck, affectedComponent: 'analyzer' }]
  await replaceBottlenecks(store.db, 'cycle-1', 'snapshot-1', found)
  await replaceBottlenecks(store.db, 'cycle-1', 'snapshot-1', found)
  expect(await listBottlenecks(store.db, 'cycle-1')).toEqual(found)
})

test('a strategy is read as it was written', async () => {
  const written = strategyFor('hunter', 'opt_1_a')
  await insertStrategies(store.db, 'cycle-1', [written])
  await insertStrategies(store.db, 'cycle-1', [written])
  expect(await findStrategy(store.db, 'opt_1_a')).toEqual(written)
  expect(await listCycleStrategies(store.db, 'cycle-1')).toEqual([written])
  expect(await findStrategy(store.db, 'opt_1_z')).toBeUndefined()
})

test('a strategy that is not carried out has a reason', async () => {
  await insertStrategies(store.db, 'cycle-1', [strategyFor('hunter', 'opt_1_left')])
  expect(await findStrategyRecord(store.db, 'opt_1_left')).toMatchObject({ cycleId: 'cycle-1', leftBecause: null })
  await markStrategySkipped(store.db, 'opt_1_left', 'no time left in this cycle')
  expect(await findStrategyRecord(store.db, 'opt_1_left')).toMatchObject({ leftBecause: 'no time left in this cycle' })
  const left = { strategy: strategyFor('hunter', 'opt_1_left'), because: 'no time left in this cycle' }
  expect(await listSkippedStrategies(store.db, 'cycle-1', 'hunter')).toEqual([left])
  expect(await listSkippedStrategies(store.db, 'cycle-1', 'analyzer')).toEqual([])
})

test('a strategy has one result, and the results are the experience of later cycles', async () => {
  await registerInstance(store.db, announcement('hunter', '1', { kind: 'market-hunter' }))
  const arm = { samples: 40, responseTimeP50: 100, responseTimeMean: 110, successRate: 0.9, coordinationScore: null }
  const result: OptimizationResult = {
    strategy: strategyFor('hunter', 'opt_1_a'),
    executionTime: 60_000,
    success: false,
    actualImprovement: -3,
    interval: [-6, 0],
    promised: { improvement: 17.5, interval: [-4, 39], held: true },
    verdict: 'roll-back',
    design: 'concurrent',
    judged: true,
    reason: 'response time is worse',
    samples: { control: 40, candidate: 40 },
    metrics: { before: arm, after: arm },
    issues: [],
    timestamp: '2030-01-01T00:00:00.000Z',
  }
  await insertStrategies(store.db, null, [result.strategy])
  await insertTrial(store.db, {
    id: 'opt_1_a',
    agentId: 'hunter',
    workflowId: 'cycle-1',
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: 1,
    candidateInstances: [],
    controlInstances: [],
  })
  await upsertResult(store.db, 'cycle-1', { ...result, verdict: 'undecided' })
  await upsertResult(store.db, 'cycle-1', result)
  expect(await listCycleResults(store.db, 'cycle-1')).toEqual([result])
  const promised = store.db.selectFrom('optimizationResults').select(['promisedImprovement', 'promisedLow', 'promisedHigh'])
  expect(await promised.execute()).toEqual([{ promisedImprovement: 17.5, promisedLow: -4, promisedHigh: 39 }])
  expect(await listResults(store.db, { agentId: 'hunter' })).toEqual([result])
  expect(await listResults(store.db, { agentId: 'analyzer' })).toEqual([])
  expect(await listResults(store.db)).toEqual([result])
  expect(await findResult(store.db, 'opt_1_a')).toEqual(result)
  expect(await findResult(store.db, 'opt_1_z')).toBeUndefined()
  expect(await loadExperience(store.db)).toEqual([
    {
      agentId: 'hunter',
      kind: 'market-hunter',
      type: 'agent_response_time',
      metric: 'responseTime',
      changes: [{ knob: 'cacheSize', from: 2, to: 4 }],
      baseline: (await getCurrentConfiguration(store.db, 'hunter')).values,
      metrics: { before: arm, after: arm },
      verdict: 'roll-back',
      unjudged: false,
      byPerson: false,
      improvement: -3,
      interval: [-6, 0],
      predicted: 17.5,
      executionTimeMs: 60_000,
      at: Date.parse(result.timestamp),
    },
  ])
})

test('a kept change that is undone keeps its verdict and says when and why, until it is in force again', async () => {
  const written = { ...resultOfTrial(planned()), strategy: strategyFor('analyzer', 'opt_1_taken') }
  await upsertResult(store.db, 'cycle-1', written)
  const find = async () => (await findResult(store.db, 'opt_1_taken'))!
  await recordUndo(store.db, 'opt_1_taken', { reason: 'ada restored version 1', harmful: false })
  expect(await find()).toMatchObject({
    verdict: 'keep',
    success: true,
    reason: written.reason,
    undone: { at: expect.any(String), reason: 'ada restored version 1', harmful: false },
    issues: ['ada restored version 1'],
  })
  await recordReinstatement(store.db, 'opt_1_taken')
  expect((await find()).undone).toBeUndefined()
  await recordUndo(store.db, 'opt_1_taken', { reason: 'late harm', harmful: true })
  await recordUndo(store.db, 'opt_1_taken', { reason: 'it was rolled back', harmful: false })
  await recordReinstatement(store.db, 'opt_1_taken')
  expect((await find()).undone).toMatchObject({ reason: 'late harm', harmful: true })
})

test('the next strategy of a type is the first that was planned for the kind afterwards', async () => {
  await registerInstance(store.db, announcement('first', '1', { kind: 'twins' }))
  await registerInstance(store.db, announcement('second', '1', { kind: 'twins' }))
  await insertStrategies(store.db, 'cycle-2', [strategyFor('first', 'opt_2_first')])
  await insertStrategies(store.db, 'cycle-3', [strategyFor('second', 'opt_3_second')])
  const first = (await findStrategy(store.db, 'opt_2_first'))!
  expect(await findNextStrategy(store.db, first, 'twins')).toMatchObject({ id: 'opt_3_second' })
  expect(await findNextStrategy(store.db, { ...first, id: 'opt_3_second' }, 'twins')).toBeUndefined()
})

test('an alert is open once for its cause, with the present details, and can be raised again once it is resolved', async () => {
  const alert = {
    cause: 'unconfirmed-configuration' as const,
    severity: 'high' as const,
    component: 'hunter',
    message: 'hunter-1 and hunter-2 cannot be reached',
  }
  await raiseAlert(store.db, { ...alert, message: 'hunter-1 cannot be reached' })
  const [first] = await listOpenAlerts(store.db)
  await raiseAlert(store.db, alert)
  expect(await listOpenAlerts(store.db)).toEqual([{ ...first, message: alert.message }])
  await raiseAlert(store.db, { ...alert, trialId: 'opt_1_a' })
  await raiseAlert(store.db, { ...alert, trialId: 'opt_1_a' })
  expect(await listOpenAlerts(store.db)).toHaveLength(2)
  await resolveTrialAlerts(store.db, 'opt_1_a')
  expect(await listOpenAlerts(store.db)).toMatchObject([{ trialId: null }])
  expect(await listTrialAlerts(store.db, 'opt_1_a')).toMatchObject([{ ...alert, resolvedAt: expect.any(Date) }])
  await resolveAlert(store.db, { ...alert, cause: 'broken-limits' })
  await resolveAlert(store.db, { ...alert, component: 'analyzer' })
  expect(await listOpenAlerts(store.db)).toHaveLength(1)
  await resolveAlert(store.db, alert)
  expect(await listOpenAlerts(store.db)).toEqual([])
  await raiseAlert(store.db, alert)
  expect(await listOpenAlerts(store.db)).toHaveLength(1)
})

test('the value of the portfolio is the last recorded one, or its balances at the last price', async () => {
  const { db } = store
  expect(await findLatestPortfolio(db)).toBeNull()
  await db
    .insertInto('portfolio')
    .values({ id: 1, btcBalance: 0.1, usdBalance: 4_000, lastUpdated: new Date(2_000) })
    .execute()
  expect(await findLatestPortfolio(db)).toBeNull()
  await db.insertInto('marketData').values({ priceUsd: 60_000 }).execute()
  expect(await findLatestPortfolio(db)).toEqual({ at: 2_000, totalValueUsd: 10_000, btcValueUsd: 6_000 })
  const recorded = { btcBalance: 0.1, usdBalance: 5_000, btcPriceUsd: 50_000, totalValueUsd: 10_000 }
  await db
    .insertInto('portfolioHistory')
    .values({ ...recorded, timestamp: new Date(1_000) })
    .execute()
  expect(await findLatestPortfolio(db)).toEqual({ at: 2_000, totalValueUsd: 10_000, btcValueUsd: 6_000 })
  await db
    .insertInto('portfolioHistory')
    .values({ ...recorded, timestamp: new Date(3_000) })
    .execute()
  expect(await findLatestPortfolio(db)).toEqual({ at: 3_000, totalValueUsd: 10_000, btcValueUsd: 5_000 })
})

test('readings of a component are kept as its history', async () => {
  const reading = {
    cpuPercent: 12.5,
    memoryPercent: 40,
    heapPercent: 50,
    networkBytesPerSecond: null,
    storagePercent: 70,
    uptimeSeconds: 100,
    runtimeVersion: 'v24',
    platform: 'linux',
  }
  const at = new Date()
  await recordSystemMetrics(store.db, [{ component: 'host', at, ...reading }])
  const recorded = await store.db.selectFrom('systemMetrics').selectAll().execute()
  expect(recorded).toMatchObject([{ component: 'host', ...reading, timestamp: at }])
})
