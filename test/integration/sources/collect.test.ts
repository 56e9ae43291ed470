import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { parseTotalBytes } from '../../../src/measuring/network-traffic.ts'
import { readMetrics } from '../../../src/reading/metrics.ts'
import { collectSnapshot, defaultSources } from '../../../src/sources/collect.ts'
import type { SourceRequest } from '../../../src/sources/source.ts'
import { recordDeparture, recordHeartbeat, registerInstance } from '../../../src/store/agents.ts'
import type { Database } from '../../../src/store/database.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { recordAutonomy } from '../../../src/store/states.ts'
import { formatMetrics } from '../../../src/terminal/format-metrics.ts'
import { countStatements } from '../../support/statements.ts'
import { announcement, batch, createTestStore, execution, message, type TestStore } from '../../support/store.ts'

let store: TestStore
const now = Date.now()
const goal = { start: 10_000, target: 10_500 }

beforeAll(async () => {
  store = await createTestStore()
  const { db } = store
  for (const [agentId, instanceIds] of Object.entries({ hunter: ['1', '2'], analyzer: ['1'], quiet: ['1'] })) {
    for (const instanceId of instanceIds) await registerInstance(db, announcement(agentId, instanceId), now - 60_000)
  }
  await recordHeartbeat(db, { agentId: 'hunter', instanceId: '1', version: 1, values: {}, sentAt: now }, now - 1_000)
  const output = { confidence: 0.5 }
  await ingestReports(
    db,
    batch('hunter', '1', {
      sentAt: now,
      executions: [
        execution({ at: now - 4_000, durationMs: 3_000, output }),
        execution({ at: now - 3_000, durationMs: 2_000, output, success: false, error: 'timeout' }),
      ],
      decisions: [
        {
          id: '1',
          at: now - 3_000,
          type: 'hunt',
          reasoning: { confidence: 0.7, riskAssessment: 'medium', alternatives: ['wait', 'sell'] },
          outcome: { success: true, actualResult: 0.75 },
          agentState: { autonomyLevel: 0.9, performanceScore: 0.82, learningRate: 0.15 },
          feedback: { learningAdjustments: ['fewer sources'] },
        },
        { id: '2', at: now - 2_000, type: 'hunt', reasoning: { confidence: 'sure', alternatives: {} } },
      ],
      messages: [
        message({ at: now - 2_000, agreed: true, latencyMs: 10 }),
        message({ at: now - 1_500, agreed: false, latencyMs: 30, conflictResolutionMs: 200 }),
        message({ at: now - 1_000, delivered: false, latencyMs: undefined, to: 'quiet' }),
      ],
      states: [
        { at: now - 3_000, reputation: 0.8, autonomy: 0.6, cycleCount: 3 },
        { at: now - 2_000, goalProgress: { primary: 0.2, tactical: 0.4 }, isRunning: true },
      ],
      selfReports: [
        {
          at: now - 1_000,
          decisionCount: 4,
          cacheHitRate: 0.5,
          apiCallsUsed: 10,
          signalsGenerated: 1,
          operationTimes: { fetch: 12.5 },
        },
      ],
    }),
    now,
  )
  await recordAutonomy(db, 'hunter', 0.9)
  await ingestReports(
    db,
    batch('hunter', '2', { sentAt: now, selfReports: [{ at: now - 1_000, cacheHitRate: 0.7, apiCallsUsed: 10 }] }),
    now,
  )
  await ingestReports(
    db,
    batch('analyzer', '1', { sentAt: now, executions: [execution({ at: now - 600_000, durationMs: 50 })] }),
    now,
  )
  await db
    .insertInto('portfolioHistory')
    .values({ btcBalance: 0.1, usdBalance: 5_100, btcPriceUsd: 50_000, totalValueUsd: 10_100 })
    .execute()
  for (const priceUsd of [100, 101, 100])
    await db.insertInto('marketData').values({ priceUsd, volume24h: 45e9, priceChange24h: 2.5, fearGreedIndex: 64 }).execute()
  const trade = { tradeType: 'BUY' as const, amountBtc: 0.1, priceUsd: 100, totalUsd: 10 }
  await db
    .insertInto('trades')
    .values([
      { ...trade, executedBy: 'Hunter Agent', predictedProfitUsd: 3, actualProfitUsd: 1 },
      { ...trade, timestamp: 'infinity' as never },
      { ...trade, executedBy: 'Execution Agent', timestamp: new Date(now - 2_000) },
      { ...trade, executedBy: 'Execution Agent', tradeType: 'SELL', priceUsd: 90, timestamp: new Date(now - 1_000) },
    ])
    .execute()
  const decided = { agent: 'execution', type: 'sell', timestamp: new Date(now - 60_000), outcome: '{"success": false}' }
  await db.insertInto('agentDecisions').values(decided).execute()
})
afterAll(() => store.drop())

test('a snapshot combines all five sources into one profile per agent', async () => {
  const snapshot = await collectSnapshot({ db: store.db, now, goal })
  expect(snapshot.takenAt).toBe(now)
  expect(snapshot.agents.map(({ agentId }) => agentId)).toEqual(['analyzer', 'hunter', 'quiet'])
  const [analyzer, hunter, quiet] = snapshot.agents
  expect(hunter).toMatchObject({
    instances: 1,
    decisionCount: 2,
    successRate: 0.5,
    errorRate: 0.5,
    responseTime: 2_500,
    averageConfidence: 0.7,
    adaptationScore: 1,
    autonomy: 0.9,
    reputation: 0.8,
    cycleCount: 3,
    isRunning: true,
    lastExecutionAt: now - 3_000,
    messageCount: 3,
    messageLatencyMs: 20,
    conflictResolutionTimeMs: 200,
    failedMessageCount: 1,
    selfReport: { decisionCount: 4, apiCallsUsed: 10, signalsGenerated: 1, operationTimes: { fetch: 12.5 } },
    goalProgressPrimary: 0.2,
    goalProgressSecondary: null,
    goalProgressTactical: 0.4,
    riskAssessment: { medium: 1 },
    alternatives: 2,
    actualResult: 0.75,
    learningRate: 0.15,
    decisionAccuracy: 1,
    tradesPerHour: 1 / 24,
    profitableTrades: 1,
    tradePredictionAccuracy: 1,
    configuration: { version: 1, values: { cacheSize: 2, parallelism: 2 } },
  })
  expect(hunter?.goalProgress).toBeCloseTo(0.3)
  expect(hunter?.coordinationScore).toBeCloseTo(1 / 3)
  expect(hunter?.resourceEfficiency).toBeCloseTo((0.5 + 0.1) / 2)
  expect(hunter?.sources.map(({ state }) => state)).toEqual(['fresh', 'fresh', 'fresh', 'fresh', 'fresh'])
  expect(hunter?.sources[0]?.ignored).toBe(2)
  expect(hunter?.origins.every(({ isCurrent }) => isCurrent)).toBe(true)
  expect(analyzer?.origins.find(({ figures }) => figures.includes('responseTime'))).toMatchObject({ ageMs: 600_000 })
  expect(analyzer?.sources[0]).toMatchObject({ state: 'stale', ageMs: 600_000 })
  expect(quiet).toMatchObject({ successRate: null, reputation: 0.7, autonomy: 0.85, isRunning: false })
  expect(snapshot.system.market).toMatchObject({
    goalProgress: 0.2,
    portfolioGrowth: 0.01,
    profitableTrades: 0.5,
    predictionAccuracy: 1,
    tradeBasis: { recorded: 1, averageCost: 1, uncosted: 0, predicted: 1, decided: 1, unpredicted: 0 },
    volume24h: 45e9,
    priceChange24h: 2.5,
    fearGreedIndex: 64,
    tradesPerHour: 3 / 24,
  })
  expect(snapshot.system.market?.capitalDeployed).toBeCloseTo(5_000 / 10_100)
  expect(snapshot.system.overallScore).toBeGreaterThan(0)
})

test('the metrics of an agent have what is aimed at, and what it sends to each other agent', async () => {
  const [hunter] = await readMetrics({ db: store.db, config: configSchema.parse({}) }, 'hunter')
  const target = (name: string) => hunter!.metrics.find(({ metric }) => metric === name)?.target
  expect(target('responseTime')).toEqual({ value: 2_000, isMet: false })
  expect(target('successRate')).toEqual({ value: 0.7, isMet: false })
  expect(target('averageConfidence')).toEqual({ value: 0.7, isMet: false })
  expect(target('throughput')).toBeUndefined()
  expect(hunter!.sends).toMatchObject([
    { to: 'analyzer', messages: 2, failed: 0, deliveredRatio: 1, latencyMs: 20, negotiations: 2, agreed: 1 },
    { to: 'quiet', messages: 1, failed: 1, deliveredRatio: 0, latencyMs: null },
  ])
  const text = formatMetrics({ items: [hunter!], total: 1 })
  expect(text).toContain('target: at most 2000 ms, missed')
  expect(text).toMatch(/analyzer +│ 2 +│ 0 /)
})

test('only the requested agents are profiled', async () => {
  const snapshot = await collectSnapshot({ db: store.db, now, goal, agentIds: ['hunter'] })
  expect(snapshot.agents.map(({ agentId, decisionCount }) => [agentId, decisionCount])).toEqual([['hunter', 2]])
})

test('the system source reports the load of this host', async () => {
  const reading = await defaultSources.system.read({ db: store.db, now })
  for (const percent of [reading.cpuPercent, reading.memoryPercent, reading.heapPercent, reading.storagePercent]) {
    expect(percent).toBeGreaterThan(0)
    expect(percent).toBeLessThanOrEqual(100)
  }
  expect(reading).toMatchObject({ runtimeVersion: process.version, platform: process.platform })
})

test('network traffic is counted over all interfaces but loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  999999     10    0    0    0     0          0         0   999999     10    0    0    0     0       0          0
  eth0:    1000      5    0    0    0     0          0         0      200      5    0    0    0     0       0          0
 wlan0:30 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0
`
  expect(parseTotalBytes(text)).toBe(1_234)
})

test('an agent whose data makes a source fail has a gap there and is named; the others have none', async () => {
  const { db } = store
  const fail = (): never => {
    throw Object.assign(new Error('value out of range'), { code: '22003' })
  }
  const poisoned = {
    ...defaultSources.communication,
    read: async (request: SourceRequest) => {
      if (request.agentIds?.includes('quiet') !== false) fail()
      return await defaultSources.communication.read(request)
    },
  }
  const snapshot = await collectSnapshot({ db, now, goal, from: { ...defaultSources, communication: poisoned } })
  expect(snapshot.unusable).toEqual([{ agentId: 'quiet', reason: 'communication: value out of range' }])
  const states = snapshot.agents.map(({ agentId, sources }) => [agentId, sources[3]!.state])
  expect(states).toEqual([
    ['analyzer', 'missing'],
    ['hunter', 'fresh'],
    ['quiet', 'missing'],
  ])
})

test('a source that fails or hangs is marked missing and does not affect the others', async () => {
  const hanging = { ...defaultSources.communication, read: () => new Promise<never>(() => {}) }
  const failing = { ...defaultSources.selfReport, read: () => Promise.reject(new Error('broken')) }
  const from = { ...defaultSources, communication: hanging, selfReport: failing }
  const snapshot = await collectSnapshot({ db: store.db, now, goal, from, timeoutMs: 500, agentIds: ['hunter'] })
  const [hunter] = snapshot.agents
  expect(hunter).toMatchObject({ responseTime: 2_500, coordinationScore: null, selfReport: null })
  expect(hunter?.sources.map(({ source, state }) => [source, state])).toEqual([
    ['database', 'fresh'],
    ['live-state', 'fresh'],
    ['system', 'fresh'],
    ['communication', 'missing'],
    ['self-report', 'missing'],
  ])
  expect(snapshot.unavailable.toSorted((a, b) => a.source.localeCompare(b.source))).toEqual([
    { source: 'communication', reason: 'no response within 0.5 s' },
    { source: 'self-report', reason: 'broken' },
  ])
})

test('a locked table delays its source, not the snapshot', async () => {
  let release = () => {}
  const locked = new Promise<void>((resolve) => {
    release = resolve
  })
  let holding = () => {}
  const held = new Promise<void>((resolve) => {
    holding = resolve
  })
  const holder = store.db.transaction().execute(async (trx) => {
    await sql`lock table agent_messages in access exclusive mode`.execute(trx)
    holding()
    await locked
  })
  await held
  const snapshot = await collectSnapshot({ db: store.db, now, goal, timeoutMs: 500, agentIds: ['hunter'] })
  release()
  await holder
  expect(snapshot.agents[0]?.sources.filter(({ state }) => state === 'missing').map(({ source }) => source)).toEqual([
    'communication',
  ])
})

test('the number of queries does not grow with the number of agents', async () => {
  const before = await queriesOf((db) => collectSnapshot({ db, now, goal }))
  for (let n = 0; n < 20; n++) await registerInstance(store.db, announcement(`extra-${n}`, '1'))
  const after = await queriesOf((db) => collectSnapshot({ db, now, goal }))
  expect(after).toBe(before)
  expect(after).toBeLessThanOrEqual(16)
})

async function queriesOf(work: (db: Database) => Promise<unknown>): Promise<number> {
  const { db, sent } = countStatements(store.db)
  await work(db)
  return sent()
}

test('what instances report of themselves is the newest of each figure, of those that are live, however many there are', async () => {
  const report = async (instanceId: string, ...selfReports: { at: number; apiCallsUsed?: number; cacheHitRate?: number }[]) => {
    await registerInstance(store.db, announcement('deployed', instanceId), Date.now())
    await ingestReports(store.db, batch('deployed', instanceId, { selfReports }), Date.now())
  }
  const at = Date.now() - 60_000
  await report('new-1', { at, apiCallsUsed: 1 }, { at: at + 1_000, cacheHitRate: 0.5 })
  await report('new-2', ...Array.from({ length: 60 }, (_, index) => ({ at: at + 2_000 + index, apiCallsUsed: 2 })))
  await report('old', { at: at + 3_000, apiCallsUsed: 1_000 })
  await recordDeparture(store.db, { agentId: 'deployed', instanceId: 'old' })
  await store.db.updateTable('agentInstances').set({ heartbeatAt: new Date() }).where('agentId', '=', 'deployed').execute()
  const { agents } = await collectSnapshot({ db: store.db, now: Date.now(), goal, agentIds: ['deployed'] })
  expect(agents[0]!.selfReport).toEqual({ apiCallsUsed: 3, cacheHitRate: 0.5 })
})
