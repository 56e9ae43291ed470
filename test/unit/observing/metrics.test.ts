import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeCommunicationMetrics } from '../../../src/analysis/observing/profiles/communication.ts'
import { computeDecisionMetrics, computeExecutionMetrics } from '../../../src/analysis/observing/profiles/database.ts'
import { buildMarketProfile, readCurrentMarket } from '../../../src/analysis/observing/profiles/market.ts'
import { addRealizedProfits } from '../../../src/analysis/observing/profiles/realized-profit.ts'
import { combineSelfReports, computeResourceEfficiency } from '../../../src/analysis/observing/profiles/self-report.ts'
import { computeStateMetrics } from '../../../src/analysis/observing/profiles/state.ts'
import { selectAgentTrades } from '../../../src/analysis/observing/profiles/trades.ts'
import { quantile } from '../../../src/analysis/statistics/summaries.ts'
import type {
  DecisionReading,
  ExecutionReading,
  MarketReading,
  PairReading,
  SelfReportReading,
  StateReading,
  TradeReading,
  UnsettledTrade,
} from '../../../src/model/readings.ts'
import { formatTradeBasis } from '../../../src/terminal/format-system.ts'
import { toSeries } from '../../support/readings.ts'

const execution = (known: Partial<ExecutionReading> = {}): ExecutionReading => ({
  agentId: 'a',
  at: 0,
  success: true,
  durationMs: 100,
  errored: false,
  confidence: null,
  metrics: null,
  ...known,
})
const decision = (known: Partial<DecisionReading> = {}): DecisionReading => ({
  agentId: 'a',
  at: 0,
  type: 'hunt',
  confidence: undefined,
  riskAssessment: undefined,
  alternatives: undefined,
  success: undefined,
  actualResult: undefined,
  autonomy: undefined,
  performanceScore: undefined,
  learningRate: undefined,
  learningAdjustments: undefined,
  ...known,
})

test('executions are summarized as count, rates, mean, median and 95th percentile', () => {
  const executions = [
    ...Array.from({ length: 18 }, (_, i) => execution({ durationMs: (i + 1) * 100 })),
    execution({ durationMs: 10_000, success: false, errored: true }),
    execution({ durationMs: null, success: false }),
  ]
  const metrics = computeExecutionMetrics(toSeries(executions)[0], 60_000)
  expect(metrics).toMatchObject({
    decisionCount: 20,
    successRate: 0.9,
    errorRate: 0.05,
    responseTimeP50: 1_000,
    confidence: null,
  })
  expect(metrics.responseTime).toBeCloseTo((171 * 100 + 10_000) / 19)
  expect(metrics.responseTimeP95).toBeCloseTo(1_800 + 0.1 * 8_200)
})

test('an agent without executions has unknown rates, not bad ones', () => {
  expect(computeExecutionMetrics(undefined, 0)).toEqual({
    decisionCount: 0,
    successHistory: [],
    successRate: null,
    errorRate: null,
    metrics: {},
    throughput: null,
    responseTime: null,
    responseTimeP50: null,
    responseTimeP90: null,
    responseTimeP95: null,
    responseTimeP99: null,
    confidence: null,
    plausible: expect.anything(),
  })
})

test('a quantile lies between the smallest and the largest value and never falls with its rank', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (all, a, b) => {
      const [low, high] = [quantile(all, Math.min(a, b))!, quantile(all, Math.max(a, b))!]
      expect(low).toBeLessThanOrEqual(high)
      expect(low).toBeGreaterThanOrEqual(Math.min(...all))
      expect(high).toBeLessThanOrEqual(Math.max(...all))
    }),
  )
})

test('values of decisions that are not ratios are omitted and counted', () => {
  const metrics = computeDecisionMetrics([
    decision({ confidence: 0.8, success: true, autonomy: 0.9, performanceScore: 0.7 }),
    decision({ confidence: 0.6, success: false }),
    decision({ confidence: '0.9', success: 'true', autonomy: 7, performanceScore: Number.NaN }),
    decision({ confidence: { value: 1 }, success: null, autonomy: null }),
  ])
  expect(metrics).toMatchObject({ autonomy: 0.9, performanceScore: 0.7, accuracyRate: 0.5, ignored: 5 })
  expect(metrics.confidence).toBeCloseTo(0.7)
})

test('the adaptation score is the share of decisions that led to adjustments', () => {
  const score = (...adjustments: unknown[]) =>
    computeDecisionMetrics(adjustments.map((learningAdjustments) => decision({ learningAdjustments }))).adaptationScore
  expect(score(['raised the threshold', 'fewer sources'], [], { window: 5 }, {})).toBe(0.5)
  expect(score(0.25, 0.75, true, false)).toBe(0.5)
  expect(score('often', 12)).toBeNull()
  expect(score(undefined, null)).toBeNull()
})

test('a risk that is named like a member of every object is not counted', () => {
  const risks = ['valueOf', 'constructor', '__proto__', 'low', 'low'].map((riskAssessment) => decision({ riskAssessment }))
  const { riskAssessment, ignored } = computeDecisionMetrics(risks)
  expect(riskAssessment).toEqual({ low: 2 })
  expect(ignored).toBe(3)
})

test('no JSON that an agent can write breaks the metrics of its decisions', () => {
  const anything = fc.anything()
  const reading = fc.record({
    confidence: anything,
    success: anything,
    autonomy: anything,
    performanceScore: anything,
    learningAdjustments: anything,
    riskAssessment: anything,
    alternatives: anything,
    actualResult: anything,
    learningRate: anything,
  })
  fc.assert(
    fc.property(fc.array(reading), (decisions) => {
      const { ignored, actualResult, alternatives, riskAssessment, recent, ...ratios } = computeDecisionMetrics(
        decisions.map((known) => decision(known)),
      )
      for (const value of Object.values(ratios)) expect(value === null || (value >= 0 && value <= 1)).toBe(true)
      expect(actualResult === null || Number.isFinite(actualResult)).toBe(true)
      expect(alternatives === null || alternatives >= 0).toBe(true)
      expect(Object.values(riskAssessment).every((count) => count > 0)).toBe(true)
      expect(recent).toHaveLength(Math.min(5, decisions.length))
      expect(ignored).toBeLessThanOrEqual(9 * decisions.length)
    }),
  )
})

const pair = (known: Partial<PairReading> = {}): PairReading => ({
  fromAgent: 'a',
  toAgent: 'b',
  at: 0,
  since: 0,
  messages: 10,
  delivered: 9,
  volume: { sent: 4, failed: 1 },
  latencyMs: { mean: 10, count: 9 },
  negotiations: 5,
  negotiatedAt: 0,
  agreed: 4,
  conflictResolutionMs: { mean: null, count: 0 },
  ...known,
})

test('pairs of agents are weighed by their messages', () => {
  const metrics = computeCommunicationMetrics([
    pair(),
    pair({ toAgent: 'c', messages: 30, delivered: 21, latencyMs: { mean: 50, count: 27 }, negotiations: 15, agreed: 6 }),
  ])
  expect(metrics).toEqual({
    messageCount: 8,
    failedMessageCount: 2,
    messageSuccessRate: 0.75,
    messageLatencyMs: 40,
    conflictResolutionTimeMs: null,
    coordinationScore: 0.5,
  })
})

test('an agent that never negotiated has no coordination score', () => {
  expect(computeCommunicationMetrics([pair({ negotiations: 0, agreed: 0 })]).coordinationScore).toBeNull()
  expect(computeCommunicationMetrics([])).toMatchObject({ messageCount: 0, messageSuccessRate: null, coordinationScore: null })
})

const state = (known: Partial<StateReading>): StateReading => ({
  agentId: 'a',
  at: 0,
  by: 'agent',
  reputation: null,
  autonomy: null,
  goalPrimary: null,
  goalSecondary: null,
  goalTactical: null,
  goalOverall: null,
  isRunning: null,
  lastExecutionAt: null,
  cycleCount: null,
  ...known,
})

test('autonomy and reputation from the orchestrator override newer ones from the agent itself', () => {
  const states = [
    state({ autonomy: 0.5, reputation: 0.2, cycleCount: 8 }),
    state({ by: 'orchestrator', autonomy: 0.9 }),
    state({ cycleCount: 7 }),
  ]
  expect(computeStateMetrics(states)).toMatchObject({ autonomy: 0.9, reputation: 0.2, cycleCount: 8, isRunning: null })
})

test('overall progress is as reported, or else the mean of its parts', () => {
  expect(computeStateMetrics([state({ goalOverall: 0.9, goalPrimary: 0.1 })]).goalProgress).toBe(0.9)
  expect(
    computeStateMetrics([state({ goalPrimary: 0.2 }), state({ goalTactical: 0.6, goalPrimary: 0.9 })]).goalProgress,
  ).toBeCloseTo(0.4)
  expect(computeStateMetrics([]).goalProgress).toBeNull()
})

const report = (known: Partial<SelfReportReading>): SelfReportReading => ({
  agentId: 'a',
  at: 0,
  decisionCount: null,
  sourcesQueried: null,
  signalsGenerated: null,
  avgConfidence: null,
  successRate: null,
  avgResponseTime: null,
  apiCallsUsed: null,
  cacheHitRate: null,
  operationTimes: null,
  metrics: null,
  ...known,
})

test('in the reports of instances, counts are added and rates averaged', () => {
  const reports = [
    report({ apiCallsUsed: 10, cacheHitRate: 0.2, operationTimes: { fetch: 100, decide: 8 } }),
    report({ apiCallsUsed: 30, cacheHitRate: 0.6, operationTimes: { fetch: 300 } }),
  ]
  expect(combineSelfReports(reports)).toEqual({
    apiCallsUsed: 40,
    cacheHitRate: 0.4,
    operationTimes: { fetch: 200, decide: 8 },
  })
  expect(combineSelfReports([])).toBeNull()
})

test('resource efficiency combines cache hits and results per call, as far as they are known', () => {
  expect(computeResourceEfficiency({ cacheHitRate: 0.6, signalsGenerated: 20, apiCallsUsed: 100 })).toBeCloseTo(0.4)
  expect(computeResourceEfficiency({ signalsGenerated: 500, apiCallsUsed: 100 })).toBe(1)
  expect(computeResourceEfficiency({ signalsGenerated: 5, apiCallsUsed: 0 })).toBeNull()
  expect(computeResourceEfficiency({ successRate: 1 })).toBeNull()
  expect(computeResourceEfficiency(null)).toBeNull()
})

const goal = { start: 10_000, target: 10_500 }
const trading = (known: Partial<TradeReading>): TradeReading => ({
  executedBy: null,
  at: 0,
  all: 0,
  closed: 0,
  profitable: 0,
  predicted: 0,
  foreseen: 0,
  ...known,
})
const price = (priceUsd: number, known: Partial<MarketReading> = {}): MarketReading => ({
  at: 0,
  priceUsd,
  volume24h: null,
  priceChange24h: null,
  fearGreedIndex: null,
  ...known,
})

test('the portfolio’s goal progress and growth follow document 002', () => {
  const portfolio = { at: 0, totalValueUsd: 10_250, btcValueUsd: 4_100 }
  expect(buildMarketProfile({ portfolio, trades: [], market: [] }, goal, 90_000)).toMatchObject({
    portfolioGrowth: 0.025,
    goalProgress: 0.5,
    capitalDeployed: 0.4,
    volatility: null,
    tradesPerHour: null,
    portfolioAgeMs: 90_000,
    marketAgeMs: null,
  })
})

test('trades give frequency, profitability and how well they were predicted; prices their volatility', () => {
  const trades = [
    trading({ all: 4, closed: 3, profitable: 1, predicted: 2, foreseen: 1 }),
    trading({ executedBy: 'x', all: 2, closed: 1, profitable: 1, predicted: 1, foreseen: 1 }),
  ]
  const market = buildMarketProfile({ portfolio: null, trades, market: [102, 100, 102, 0].map((each) => price(each)) }, goal, 0)
  expect(market).toMatchObject({ tradesPerHour: 0.25, profitableTrades: 0.5, portfolioGrowth: null })
  expect(market?.predictionAccuracy).toBeCloseTo(2 / 3)
  expect(market?.volatility).toBeCloseTo(Math.abs(2 - (100 / 102 - 1) * 100) / Math.SQRT2)
})

test('the context of the market is the newest known value of each figure, with its age', () => {
  const market = [
    price(101, { at: 50_000, priceChange24h: 2.5 }),
    price(100, { at: 40_000, priceChange24h: 9, volume24h: 45_000_000_000, fearGreedIndex: 64 }),
  ]
  expect(buildMarketProfile({ portfolio: null, trades: [], market }, goal, 60_000)).toMatchObject({
    priceChange24h: 2.5,
    volume24h: 45_000_000_000,
    fearGreedIndex: 64,
    marketAgeMs: 10_000,
  })
})

test('sales of those who record no profits have that at average cost, and what nobody knows is counted', () => {
  const trade = (at: number, type: 'BUY' | 'SELL', amount: number, priceUsd: number, decidedSuccess: boolean | null = null) =>
    ({ executedBy: 'x', at, type, amount, priceUsd, predictedProfitUsd: null, decidedSuccess }) satisfies UnsettledTrade
  const unsettled = [
    trade(1, 'SELL', 1, 500),
    trade(2, 'BUY', 1, 100),
    trade(3, 'BUY', 1, 200),
    trade(4, 'SELL', 1, 140),
    trade(5, 'SELL', 0.5, 160, true),
    trade(6, 'SELL', 9, 151, false),
    trade(7, 'SELL', 1, 500),
  ]
  const trades = addRealizedProfits([trading({ executedBy: 'x', all: 6 }), trading({ executedBy: 'y', all: 2 })], unsettled, 2)
  const market = buildMarketProfile({ portfolio: null, trades, market: [] }, goal, 0)
  expect(market).toMatchObject({
    profitableTrades: 2 / 3,
    predictionAccuracy: 0.5,
    tradeBasis: { recorded: 0, averageCost: 3, uncosted: 1, predicted: 0, decided: 2, unpredicted: 1 },
  })
  expect(formatTradeBasis(market!.tradeBasis!)).toBe(
    '3 results at average cost + 1 sales without a known purchase + 2 predictions from decisions + 1 results without a prediction',
  )
})

test('a trade belongs to the agent that executed it, also by its name for people', () => {
  const trades = [
    trading({ executedBy: 'Intelligent Execution Agent', all: 1 }),
    trading({ executedBy: 'intelligent-execution-agent', all: 2 }),
    trading({ executedBy: 'Market Hunter Agent', all: 4 }),
    trading({ executedBy: null, all: 8 }),
  ]
  const countOf = (agentId: string) => selectAgentTrades(agentId, trades).reduce((sum, { all }) => sum + all, 0)
  expect(['intelligent-execution-agent', 'market-hunter', 'market-hunter-2'].map(countOf)).toEqual([3, 4, 0])
})

test('without portfolio, trades and prices there is no market context', () => {
  expect(buildMarketProfile({ portfolio: null, trades: [], market: [] }, { start: 1, target: 2 }, 0)).toBeNull()
})

test('risk, alternatives, results and the rate of learning of decisions are summarized', () => {
  const metrics = computeDecisionMetrics([
    decision({ riskAssessment: 'medium', alternatives: 3, actualResult: 0.75, learningRate: 0.15 }),
    decision({ riskAssessment: 'medium', alternatives: 1, actualResult: -0.25, learningRate: 0.25 }),
    decision({ riskAssessment: 'high' }),
    decision({ riskAssessment: { level: 1 }, alternatives: 'object', actualResult: '0.5', learningRate: 3 }),
  ])
  expect(metrics).toMatchObject({
    riskAssessment: { medium: 2, high: 1 },
    alternatives: 2,
    actualResult: 0.25,
    learningRate: 0.2,
    ignored: 4,
  })
})

test('the market is that of the newest rows, and unknown once they are too old', () => {
  const indices = [null, 64, 30]
  const rows = [102, 100, 102].map((each, index) =>
    price(each, { at: 1_000_000 - index * 60_000, fearGreedIndex: indices[index]!, priceChange24h: index === 2 ? 2.5 : null }),
  )
  const known = readCurrentMarket(rows, 1_480_000)
  expect(known.volatility).toBeCloseTo(Math.abs(2 - (100 / 102 - 1) * 100) / Math.SQRT2)
  expect(known).toMatchObject({ volume24h: null, priceChange24h: 2.5, fearGreedIndex: 64 })
  // The last known index is one minute old more than the newest price.
  expect(readCurrentMarket(rows, 1_540_001)).toMatchObject({
    volatility: known.volatility,
    fearGreedIndex: null,
    priceChange24h: null,
  })
  const unknown = { volatility: null, volume24h: null, priceChange24h: null, fearGreedIndex: null }
  expect(readCurrentMarket(rows, 1_600_001)).toEqual(unknown)
  expect(readCurrentMarket([], 0)).toEqual(unknown)
})
