import { expect, test } from 'vitest'
import { emptyRecord } from '../../../src/analysis/eligibility/index.ts'
import { computeValueLifetimeMs, summarizeTimes } from '../../../src/analysis/observing/freshness.ts'
import { combineProfiles } from '../../../src/analysis/observing/profiles/combine.ts'
import { type PlanRequest, planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import { buildRecommendations } from '../../../src/analysis/reporting/results/index.ts'
import { findFigureOrigin, omitOutdatedFigures } from '../../../src/model/current-figures.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { AgentReading, DecisionReading, Readings, SelfReportReading } from '../../../src/model/readings.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { knobsFor, messages } from '../../support/profiles.ts'
import { toSeries } from '../../support/readings.ts'

const now = 1_700_000_000_000
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const agent: AgentReading = {
  agentId: 'hunter',
  kind: 'market-hunter',
  instances: 2,
  heartbeatAt: now,
  configuration: { version: 1, values: {} },
}

/** A slow agent that fails often and last worked at a time. */
function readingsOf(lastAt: number, everyMs: number): Readings {
  const executions = Array.from({ length: 50 }, (_, index) => ({
    agentId: 'hunter',
    at: lastAt - index * everyMs,
    success: index % 2 === 0,
    durationMs: 4_000,
    errored: false,
    confidence: 0.4,
    metrics: null,
  }))
  return {
    database: { executions: toSeries(executions), recent: [], decisions: [], portfolio: null, trades: [], market: [] },
    liveState: [],
    system: undefined,
    communication: [messages('hunter', 'analyzer', { agreed: 10, at: lastAt, since: lastAt - hour, negotiatedAt: lastAt })],
    selfReport: [],
  }
}

const selfReportOf = (at: number, figures: Partial<SelfReportReading>): SelfReportReading => ({
  agentId: 'hunter',
  at,
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
  ...figures,
})

const decidedAt = (at: number): DecisionReading => ({
  agentId: 'hunter',
  at,
  type: 'hunt',
  confidence: null,
  riskAssessment: null,
  alternatives: null,
  success: true,
  actualResult: null,
  autonomy: null,
  performanceScore: null,
  learningRate: null,
  learningAdjustments: null,
})

function planFor(readings: Readings) {
  const combined = combineProfiles([agent], readings, { goal: { start: 0, target: 1 }, now })
  const snapshot = { id: 'snapshot', takenAt: now, ...combined }
  const request: PlanRequest = {
    snapshot,
    thresholds: defaultThresholds,
    knobs: knobsFor(snapshot),
    experience: [],
    history: {},
    pairs: [],
    policy: defaultPolicy,
    eligibility: emptyRecord,
  }
  return { snapshot, ...planCycle(request) }
}

test('figures count for 10 minutes, of an agent that works rarely for five of its intervals, at most a day', () => {
  const every = (interval: number) => computeValueLifetimeMs(summarizeTimes([0, interval, 2 * interval]))
  expect([every(1_000), every(36 * minute), every(day)]).toEqual([10 * minute, 180 * minute, day])
  expect(computeValueLifetimeMs(summarizeTimes([5]))).toBe(10 * minute)
  expect(computeValueLifetimeMs(summarizeTimes([]))).toBe(10 * minute)
})

test('a working agent that is slow and fails has bottlenecks and strategies', () => {
  const { bottlenecks, strategies, snapshot } = planFor(readingsOf(now - 10 * minute, 1_000))
  expect(bottlenecks.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['agent_response_time', 'agent_success_rate', 'coordination_efficiency', 'system_performance']),
  )
  expect(strategies.length).toBeGreaterThan(0)
  expect(snapshot.system.overallScore).toBeLessThan(0.6)
})

test('a stopped agent is shown with its last figures and their age, and makes neither a bottleneck nor a strategy', () => {
  const { bottlenecks, strategies, snapshot } = planFor(readingsOf(now - 10 * minute - 1, 1_000))
  expect(snapshot.agents[0]).toMatchObject({ responseTime: 4_000, successRate: 0.5, coordinationScore: 0.1 })
  expect(findFigureOrigin(snapshot.agents[0]!, 'responseTime')).toMatchObject({
    source: 'database',
    ageMs: 10 * minute + 1,
    isCurrent: false,
  })
  expect([bottlenecks, strategies]).toEqual([[], []])
  expect(snapshot.system.overallScore).toBeNull()
})

test('negotiations and decisions that are too old count neither for the system nor for a recommendation', () => {
  const systemAt = (lastAt: number) => {
    const readings = readingsOf(lastAt, 1_000)
    readings.communication = [
      messages('hunter', 'analyzer', { agreed: 10, at: lastAt, since: lastAt - minute, negotiatedAt: lastAt }),
    ]
    readings.database!.decisions = [decidedAt(lastAt)]
    const { snapshot } = planFor(readings)
    const texts = buildRecommendations(snapshot, [], defaultThresholds).map(({ text }) => text)
    const { coordination, decisionQuality } = snapshot.system
    return { ...coordination, accuracyRate: decisionQuality.accuracyRate, texts }
  }
  const isAdvised = expect.arrayContaining(['System-wide coordination needs improvement'])
  expect(systemAt(now)).toMatchObject({ cooperationScore: 0.1, messageLatencyMs: 20, accuracyRate: 1, texts: isAdvised })
  expect(systemAt(now - hour)).toMatchObject({ cooperationScore: null, messageLatencyMs: null, accuracyRate: null, texts: [] })
})

test('an agent that works forty times a day is judged between two executions, and not once it has stopped', () => {
  const { bottlenecks } = planFor(readingsOf(now - 3 * hour, 36 * minute))
  expect(bottlenecks.map(({ type }) => type)).toContain('agent_response_time')
  expect(planFor(readingsOf(now - 3 * hour - 1, 36 * minute)).bottlenecks).toEqual([])
})

test('what was dropped as too old counts as not reported, and everything else stays', () => {
  const readings = { ...readingsOf(now - hour, 1_000), selfReport: [selfReportOf(now - hour, { cacheHitRate: 0.4 })] }
  const { agents } = combineProfiles([agent], readings, { goal: { start: 0, target: 1 }, now })
  const current = omitOutdatedFigures(agents[0]!)
  expect(current).toMatchObject({ responseTime: null, decisionCount: 0, reputation: 0.7, selfReport: { cacheHitRate: 0.4 } })
  expect(current.resourceEfficiency).toBe(0.4)
})

test('an old self-report does not take the figure of the same name from executions, nor the other way round', () => {
  const currentOf = (executedAt: number, reportedAt: number) => {
    const readings = { ...readingsOf(executedAt, 1_000), selfReport: [selfReportOf(reportedAt, { successRate: 0.9 })] }
    const { agents } = combineProfiles([agent], readings, { goal: { start: 0, target: 1 }, now })
    const { successRate, selfReport } = omitOutdatedFigures(agents[0]!)
    return [successRate, selfReport?.successRate]
  }
  expect(currentOf(now, now - 2 * hour)).toEqual([0.5, undefined])
  expect(currentOf(now - hour, now)).toEqual([null, 0.9])
})

test('every figure of a profile that has a value says where it comes from', () => {
  const { agents } = combineProfiles([agent], readingsOf(now - minute, 1_000), { goal: { start: 0, target: 1 }, now })
  const figures = ['decisionCount', 'successRate', 'responseTimeP99', 'averageConfidence', 'coordinationScore', 'messageCount']
  expect(figures.map((name) => findFigureOrigin(agents[0]!, name))).toMatchObject(
    figures.map((name) => ({
      source: ['coordinationScore', 'messageCount'].includes(name) ? 'communication' : 'database',
      ageMs: minute,
    })),
  )
  expect(findFigureOrigin(agents[0]!, 'reputation')).toMatchObject({ source: 'live-state', ageMs: null, isCurrent: true })
  expect(findFigureOrigin(agents[0]!, 'goalProgress')).toBeUndefined()
})
