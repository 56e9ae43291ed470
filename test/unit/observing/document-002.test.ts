/** The examples of document 002, computed by hand with its formulas. Figures match to the last digit. */
import { expect, test } from 'vitest'
import { combineProfiles } from '../../../src/analysis/observing/profiles/combine.ts'
import type { DecisionReading, Readings } from '../../../src/model/readings.ts'
import { toSeries } from '../../support/readings.ts'

/** 2025-10-10 15:30:00 UTC, the time in its examples. */
const at = Date.UTC(2025, 9, 10, 15, 30)
const agentId = 'market-hunter'
const goal = { start: 10_000, target: 10_500 }

/** Success and `execution_time_ms` of four executions; the first is the document's. */
const executed = [
  { success: true, ms: 1_250 },
  { success: true, ms: 1_750 },
  { success: false, ms: 3_000 },
  { success: true, ms: 2_000 },
]
const decided = (confidence: number, known: Partial<DecisionReading>): DecisionReading => ({
  agentId,
  at,
  type: 'decision_cycle',
  confidence,
  riskAssessment: 'medium',
  alternatives: 1,
  success: true,
  actualResult: 0.75,
  autonomy: 0.9,
  performanceScore: 0.82,
  learningRate: 0.15,
  learningAdjustments: ['raise the threshold'],
  ...known,
})
const readings: Readings = {
  database: {
    executions: toSeries(
      executed.map(({ success, ms }) => ({
        agentId,
        at,
        success,
        durationMs: ms,
        errored: !success,
        confidence: 0.85,
        metrics: null,
      })),
    ),
    recent: [],
    decisions: [
      decided(0.85, {}),
      decided(0.65, { riskAssessment: 'high', alternatives: 3, success: false, learningAdjustments: [] }),
    ],
    portfolio: { at, totalValueUsd: 10_523.45, btcValueUsd: 10_523.45 - 8_765.43 },
    trades: [
      { executedBy: 'Intelligent Execution Agent', at, all: 12, closed: 8, profitable: 6, predicted: 4, foreseen: 3 },
      { executedBy: 'Market Hunter', at, all: 6, closed: 4, profitable: 1, predicted: 2, foreseen: 1 },
    ],
    market: [{ at, priceUsd: 94_231.5, volume24h: 45_000_000_000, priceChange24h: 2.5, fearGreedIndex: 64 }],
  },
  liveState: [
    {
      agentId,
      at,
      by: 'agent',
      reputation: 0.87,
      autonomy: 0.9,
      goalPrimary: 0.75,
      goalSecondary: 0.82,
      goalTactical: 0.68,
      goalOverall: 0.75,
      isRunning: true,
      lastExecutionAt: at,
      cycleCount: 42,
    },
  ],
  system: undefined,
  communication: [
    {
      fromAgent: agentId,
      toAgent: 'strategic-orchestrator',
      at,
      since: at - 60_000,
      messages: 4,
      delivered: 3,
      volume: { sent: 4, failed: 1 },
      // The running average of 10, 30 and 20 ms: ((10 · 1 + 30) / 2 · 2 + 20) / 3.
      latencyMs: { mean: 20, count: 3 },
      negotiations: 4,
      negotiatedAt: at,
      agreed: 3,
      conflictResolutionMs: { mean: 250, count: 1 },
    },
  ],
  selfReport: [
    {
      agentId,
      at,
      decisionCount: 50,
      sourcesQueried: 24,
      signalsGenerated: 3,
      avgConfidence: 0.85,
      // 45 of 60 calls, 90,000 ms in 60 calls, 15 hits and 45 misses.
      successRate: 45 / 60,
      avgResponseTime: 90_000 / 60,
      apiCallsUsed: 12,
      cacheHitRate: 15 / (15 + 45),
      operationTimes: { query: 120, decide: 30 },
      metrics: null,
    },
  ],
}
const { agents, system } = combineProfiles(
  [{ agentId, kind: agentId, instances: 1, heartbeatAt: at, configuration: { version: 1, values: {} } }],
  readings,
  { goal, now: at },
)

test('source 1: executions and decisions', () => {
  expect(agents[0]).toMatchObject({
    decisionCount: 4,
    successRate: 0.75,
    responseTime: 2_000,
    errorRate: 0.25,
    averageConfidence: 0.75,
    adaptationScore: 0.5,
    decisionAccuracy: 0.5,
    actualResult: 0.75,
    learningRate: 0.15,
    alternatives: 2,
    riskAssessment: { medium: 1, high: 1 },
    successHistory: [true, true, false, true],
    recentDecisions: [{ confidence: 0.85 }, { confidence: 0.65 }],
  })
})

test('source 1: portfolio, trades and market', () => {
  expect(system.market).toEqual({
    volatility: null,
    portfolioGrowth: (10_523.45 - 10_000) / 10_000,
    goalProgress: (10_523.45 - 10_000) / (10_500 - 10_000),
    capitalDeployed: (10_523.45 - 8_765.43) / 10_523.45,
    tradesPerHour: 0.75,
    profitableTrades: 7 / 12,
    predictionAccuracy: 4 / 6,
    tradeBasis: { recorded: 12, averageCost: 0, uncosted: 0, predicted: 6, decided: 0, unpredicted: 6 },
    volume24h: 45_000_000_000,
    priceChange24h: 2.5,
    fearGreedIndex: 64,
    marketAgeMs: 0,
    portfolioAgeMs: 0,
  })
  expect(system.market?.portfolioGrowth?.toFixed(6)).toBe('0.052345')
  expect(system.market?.goalProgress?.toFixed(4)).toBe('1.0469')
  expect(agents[0]).toMatchObject({ tradesPerHour: 0.25, profitableTrades: 0.25, tradePredictionAccuracy: 0.5 })
})

test('source 1: an agent that reports no progress has that of the portfolio, at most 1', () => {
  const { agents } = combineProfiles(
    [{ agentId, kind: agentId, instances: 1, heartbeatAt: at, configuration: { version: 1, values: {} } }],
    { ...readings, liveState: [] },
    { goal, now: at },
  )
  expect(agents[0]?.goalProgress).toBe(1)
})

test('source 2: the state of the agent', () => {
  expect(agents[0]).toMatchObject({
    reputation: 0.87,
    autonomy: 0.9,
    goalProgressPrimary: 0.75,
    goalProgressSecondary: 0.82,
    goalProgressTactical: 0.68,
    goalProgress: 0.75,
    performanceScore: 0.84,
    isRunning: true,
    lastExecutionAt: at,
    cycleCount: 42,
  })
})

test('source 4: messages', () => {
  expect(agents[0]).toMatchObject({
    messageCount: 4,
    failedMessageCount: 1,
    messageSuccessRate: 0.75,
    messageLatencyMs: 20,
    coordinationScore: 0.75,
    conflictResolutionTimeMs: 250,
  })
})

test('source 5: self-reports', () => {
  expect(agents[0]?.selfReport).toEqual({
    decisionCount: 50,
    sourcesQueried: 24,
    signalsGenerated: 3,
    avgConfidence: 0.85,
    successRate: 0.75,
    avgResponseTime: 1_500,
    apiCallsUsed: 12,
    cacheHitRate: 0.25,
    operationTimes: { query: 120, decide: 30 },
  })
  // The mean of 0.25 cache hits and 3 signals in 12 calls.
  expect(agents[0]?.resourceEfficiency).toBe(0.25)
})
