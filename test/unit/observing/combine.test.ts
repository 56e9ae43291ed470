import { expect, test } from 'vitest'
import { combineProfiles } from '../../../src/analysis/observing/profiles/combine.ts'
import { computeOverallScore } from '../../../src/analysis/observing/profiles/system.ts'
import type {
  AgentReading,
  DatabaseReading,
  DecisionReading,
  ExecutionReading,
  Readings,
  StateReading,
} from '../../../src/model/readings.ts'
import { agentProfile, messages } from '../../support/profiles.ts'
import { toSeries } from '../../support/readings.ts'

const now = 1_000_000_000
const options = { goal: { start: 10_000, target: 10_500 }, now }
const agent: AgentReading = {
  agentId: 'hunter',
  kind: 'market-hunter',
  instances: 2,
  heartbeatAt: now - 1_000,
  configuration: { version: 3, values: { cacheSize: 4 } },
}
const nothing: Readings = {
  database: undefined,
  liveState: undefined,
  system: undefined,
  communication: undefined,
  selfReport: undefined,
}
const database = ({
  executions = [],
  ...known
}: Partial<Omit<DatabaseReading, 'executions'>> & { executions?: ExecutionReading[] } = {}): DatabaseReading => ({
  executions: toSeries(executions),
  recent: [],
  decisions: [],
  portfolio: null,
  trades: [],
  market: [],
  ...known,
})
const execution = (at: number, known: Partial<ExecutionReading> = {}): ExecutionReading => ({
  agentId: 'hunter',
  at,
  success: true,
  durationMs: 2_800,
  metrics: null,
  errored: false,
  confidence: 0.6,
  ...known,
})
const decision = (known: Partial<DecisionReading>): DecisionReading => ({
  agentId: 'hunter',
  at: now,
  type: 'hunt',
  confidence: null,
  riskAssessment: null,
  alternatives: null,
  success: null,
  actualResult: null,
  autonomy: null,
  performanceScore: null,
  learningRate: null,
  learningAdjustments: null,
  ...known,
})
const state = (known: Partial<StateReading>): StateReading => ({
  agentId: 'hunter',
  at: now - 2_000,
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
const profile = (readings: Partial<Readings>) => combineProfiles([agent], { ...nothing, ...readings }, options).agents[0]!

test('without any source, a profile consists of defaults and gaps, all of them marked', () => {
  const found = profile({})
  expect(found).toMatchObject({
    agentId: 'hunter',
    configuration: { version: 3, values: { cacheSize: 4 } },
    reputation: 0.7,
    autonomy: 0.85,
    successRate: null,
    responseTime: null,
    coordinationScore: null,
    performanceScore: null,
    messageCount: 0,
  })
  expect(found.sources.map(({ source, state, ageMs }) => [source, state, ageMs])).toEqual([
    ['database', 'missing', null],
    ['live-state', 'missing', null],
    ['system', 'missing', null],
    ['communication', 'missing', null],
    ['self-report', 'missing', null],
  ])
})

test('a source whose newest data is older than a cycle is marked stale, with its age', () => {
  const status = (at: number) => profile({ database: database({ executions: [execution(at)] }) }).sources[0]
  expect(status(now - 300_000)).toMatchObject({ state: 'fresh', ageMs: 300_000 })
  expect(status(now - 300_001)).toMatchObject({ state: 'stale', ageMs: 300_001 })
  expect(status(now + 50)).toMatchObject({ state: 'fresh', ageMs: 0 })
})

test('every agent gets its own readings', () => {
  const other = { ...agent, agentId: 'analyzer' }
  const executions = [
    execution(now),
    execution(now, { agentId: 'analyzer', durationMs: 100 }),
    execution(now, { durationMs: 2_000 }),
  ]
  const { agents } = combineProfiles([agent, other], { ...nothing, database: database({ executions }) }, options)
  expect(agents.map(({ agentId, responseTime, decisionCount }) => [agentId, responseTime, decisionCount])).toEqual([
    ['hunter', 2_400, 2],
    ['analyzer', 100, 1],
  ])
})

test('confidence is that of the decisions, else that of the executions', () => {
  const executions = [execution(now)]
  expect(profile({ database: database({ executions }) }).averageConfidence).toBe(0.6)
  const decisions = [decision({ confidence: 0.9 }), decision({ confidence: 'high' })]
  const found = profile({ database: database({ executions, decisions }) })
  expect(found.averageConfidence).toBe(0.9)
  expect(found.sources[0]).toMatchObject({ ignored: 1 })
})

test('the performance score is the mean of reputation, overall progress and autonomy', () => {
  const found = profile({ liveState: [state({ reputation: 0.87, goalOverall: 0.75, autonomy: 0.9 })] })
  expect(found.performanceScore).toBeCloseTo((0.87 + 0.75 + 0.9) / 3)
})

test('an agent that reports no progress gets that of the portfolio, from 0 to 1', () => {
  const portfolio = { at: now, totalValueUsd: 11_000, btcValueUsd: 0 }
  expect(profile({ database: database({ portfolio }) })).toMatchObject({
    goalProgress: 1,
    performanceScore: (0.7 + 1 + 0.85) / 3,
  })
  const loss = { at: now, totalValueUsd: 9_000, btcValueUsd: 0 }
  expect(profile({ database: database({ portfolio: loss }) })).toMatchObject({
    goalProgress: 0,
    performanceScore: (0.7 + 0.85) / 3,
  })
  const own = [state({ goalOverall: 0.3 })]
  expect(profile({ database: database({ portfolio }), liveState: own })).toMatchObject({ goalProgress: 0.3 })
})

test('an agent is running if an instance is live and does not report otherwise', () => {
  const running = (instances: number, isRunning: boolean | null) =>
    combineProfiles([{ ...agent, instances }], { ...nothing, liveState: [state({ isRunning })] }, options).agents[0]!.isRunning
  expect([running(1, null), running(1, true), running(1, false), running(0, true)]).toEqual([true, true, false, false])
})

test('the last execution is the newest one reported or observed', () => {
  const found = profile({
    database: database({ executions: [execution(5_000)] }),
    liveState: [state({ lastExecutionAt: 9_000 })],
  })
  expect(found.lastExecutionAt).toBe(9_000)
})

test('the overall score is weighted over what is known, and unknown if nothing is', () => {
  const perfect = { successRate: 1, responseTime: 500, coordinationScore: 1, performanceScore: 1, averageConfidence: 1 }
  const unknown = {
    successRate: null,
    responseTime: null,
    coordinationScore: null,
    performanceScore: null,
    averageConfidence: null,
  }
  expect(computeOverallScore([agentProfile('a', perfect)])).toBeCloseTo(1)
  expect(computeOverallScore([agentProfile('a', { ...unknown, responseTime: 4_000 })])).toBeCloseTo(0.5)
  expect(computeOverallScore([agentProfile('a', { ...unknown, successRate: 0.5, coordinationScore: 1 })])).toBeCloseTo(
    (0.5 * 0.3 + 0.2) / 0.5,
  )
  expect(computeOverallScore([agentProfile('a', unknown)])).toBeNull()
  expect(computeOverallScore([])).toBeNull()
})

test('the system’s profile averages the agents and keeps the host’s figures', () => {
  const host = {
    at: now,
    cpuPercent: 30,
    memoryPercent: 40,
    heapPercent: 50,
    networkBytesPerSecond: null,
    storagePercent: 60,
    uptimeSeconds: 70,
    runtimeVersion: 'v24',
    platform: 'linux' as const,
  }
  const { system } = combineProfiles(
    [agent],
    { ...nothing, system: host, database: database({ executions: [execution(now)] }) },
    options,
  )
  expect(system).toMatchObject({
    cpuPercent: 30,
    networkBytesPerSecond: null,
    platform: 'linux',
    decisionQuality: { averageConfidence: 0.6, decisionSpeedMs: 2_800, accuracyRate: null },
    coordination: { cooperationScore: null },
    market: null,
  })
})

test('an agent without a live instance is profiled, but does not count in the system', () => {
  const gone = { ...agent, agentId: 'gone', instances: 0 }
  const decided = (agentId: string, success: boolean) => decision({ agentId, success })
  const readings = {
    database: database({
      executions: [execution(now), execution(now, { agentId: 'gone', success: false, durationMs: 60_000 })],
      decisions: [decided('gone', false), decided('hunter', true)],
    }),
    communication: [messages('gone', 'hunter', { agreed: 0 }), messages('hunter', 'gone', { agreed: 90 })],
  }
  const { agents, system } = combineProfiles([agent, gone], { ...nothing, ...readings }, options)
  const alone = combineProfiles([agent], { ...nothing, ...readings }, options)
  expect(agents).toMatchObject([{ agentId: 'hunter' }, { agentId: 'gone', instances: 0, responseTime: 60_000 }])
  expect(system).toMatchObject({ coordination: { cooperationScore: 0.9 }, decisionQuality: { decisionSpeedMs: 2_800 } })
  expect(system.decisionQuality.accuracyRate).toBe(1)
  expect(system.overallScore).toBe(alone.system.overallScore)
})

test('an agent whose readings cannot be combined has no profile and is named, and the others have theirs', () => {
  const broken = { ...agent, agentId: 'broken' }
  const unusable: string[] = []
  const selfReport = [{ agentId: 'broken', at: 7n }] as unknown as Readings['selfReport']
  const { agents } = combineProfiles(
    [agent, broken],
    { ...nothing, selfReport },
    { ...options, onUnusable: (agentId) => unusable.push(agentId) },
  )
  expect(agents.map(({ agentId }) => agentId)).toEqual(['hunter'])
  expect(unusable).toEqual(['broken'])
})
