import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { readIdentity } from '../../../src/reading/identity.ts'
import type { Status } from '../../../src/reading/status.ts'
import type { SystemView } from '../../../src/reading/system.ts'
import { explainTrust } from '../../../src/reading/trust.ts'
import { formatStatus } from '../../../src/terminal/format-status.ts'
import { formatSystem } from '../../../src/terminal/format-system.ts'
import { formatTrust } from '../../../src/terminal/format-trust.ts'

const none = { shown: 0, total: 0 }
const listed = { agents: none, trials: none, restores: none, approvals: none, results: none, alerts: none, components: none }
const componentCounts = { healthy: 0, degraded: 0, down: 0 }
const self = {
  listed,
  componentCounts,
  identity: readIdentity(configSchema.parse({})),
  trust: explainTrust(defaultPolicy, []),
  system: null,
}

test('an agent without a live instance is silent until all of its instances are gone', () => {
  const agent = { kind: 'hunter', live: 0, silentSince: new Date(0), version: 1, values: {} }
  const status = formatStatus({
    ...self,
    state: { policy: defaultPolicy } as Status['state'],
    pause: null,
    agents: [
      { ...agent, agentId: 'quiet', instances: 2 },
      { ...agent, agentId: 'away', instances: 0 },
    ],
    trials: [],
    restores: [],
    approvals: [],
    results: [],
    limitsProblem: null,
    alerts: [],
    components: [],
    gaps: [],
  } as Status)
  expect(status).toMatch(/quiet .*silent since 1970-01-01T00:00:00Z/)
  expect(status).toMatch(/away .*gone since 1970-01-01T00:00:00Z/)
})

test('of many agents, alerts and components the first ones are listed, and the others counted', () => {
  const status = formatStatus({
    ...self,
    state: { policy: defaultPolicy },
    agents: [{ agentId: 'a', instances: 1, live: 1, silentSince: null, version: 1 }],
    trials: [],
    restores: [],
    approvals: [],
    results: [],
    listed: { ...listed, agents: { shown: 1, total: 10_000 }, alerts: { shown: 100, total: 600 } },
    alerts: Array.from({ length: 100 }, (_, index) => ({
      severity: index === 0 ? 'critical' : 'low',
      message: `alert ${index}`,
    })),
    components: Array.from({ length: 100 }, (_, index) => ({ component: `pump-${index}`, status: 'down' })),
    componentCounts: { healthy: 7, degraded: 0, down: 599 },
    gaps: [],
  } as unknown as Status)
  const alerts = status.split('\n').filter((line) => line.startsWith('ALERT'))
  expect(alerts).toHaveLength(20)
  expect(alerts[0]).toBe('ALERT critical: alert 0')
  expect(status).toContain('… and 580 more alerts')
  expect(status).toContain('… and 9999 more agents')
  expect(status).toMatch(/^components: 7 healthy, pump-0 down, .*, pump-19 down, … and 579 more not healthy$/m)
})

test('a loss that rounds to nothing is not named as the cost of a change', () => {
  const effect = {
    unit: '',
    kind: 'proportion',
    direction: 'higher',
    before: 1,
    after: 1,
    interval: null,
    effect: 'lost',
    bounds: [],
  }
  const result = {
    strategy: { id: 'opt_1_a', agentId: 'bot', actions: [], targetMetric: 'responseTime' },
    actualImprovement: 10,
    interval: [5, 15],
    reason: 'faster',
    verdict: 'keep',
    effects: [
      { ...effect, metric: 'half', label: 'half', improvement: -0.01 },
      { ...effect, metric: 'qualityScore', label: 'quality score', improvement: -2 },
    ],
  }
  const status = formatStatus({
    ...self,
    state: { policy: defaultPolicy },
    agents: [],
    trials: [],
    restores: [],
    approvals: [],
    results: [result],
    alerts: [],
    components: [],
    gaps: [],
  } as unknown as Status)
  expect(status).toContain('at the cost of quality score 2.0 points lower: faster')
})

test('the autonomy on each kind of agent and the reputation are explained', () => {
  const policy = { ...defaultPolicy, autonomyByKind: { hunter: 0.95, analyzer: 0.6 } }
  const change = {
    field: 'reputation',
    oldValue: 0.7,
    newValue: 0.9,
    changedBy: 'strategic-orchestrator',
    reason: 'a good cycle',
  }
  const trust = explainTrust({ ...policy, reputation: 0.9 }, [{ ...change, changedAt: new Date(0) }])
  expect(formatTrust(trust)).toEqual([
    'autonomy 0.60 for analyzer: medium and high risk needs approval',
    'autonomy 0.95 for hunter: nothing needs approval',
    'autonomy 0.80 for other kinds: high risk needs approval',
    'reputation 0.90 with the strategic orchestrator: since 1970-01-01T00:00:00Z, by strategic-orchestrator: a good cycle',
  ])
  expect(formatTrust(explainTrust(defaultPolicy, [])).at(-1)).toBe('reputation 0.70 with the strategic orchestrator: the default')
})

test('the host, the fleet and the market are shown with what is known of them', () => {
  const system: SystemView = {
    takenAt: new Date(0),
    cpuPercent: 30.123,
    memoryPercent: 40,
    heapPercent: 50,
    networkBytesPerSecond: null,
    storagePercent: 60,
    uptimeSeconds: 7_200,
    runtimeVersion: 'v24.1.0',
    platform: 'linux',
    decisionQuality: { averageConfidence: null, decisionSpeedMs: 1_250, accuracyRate: 0.5 },
    coordination: { messageLatencyMs: 20, conflictResolutionTimeMs: null, cooperationScore: 0.75 },
    overallScore: 0.82,
    market: {
      volatility: null,
      portfolioGrowth: 0.052345,
      goalProgress: 1.0469,
      capitalDeployed: null,
      tradesPerHour: null,
      profitableTrades: null,
      predictionAccuracy: null,
      volume24h: 45_000_000_000,
      priceChange24h: -2.5,
      fearGreedIndex: 64,
      marketAgeMs: 180_000,
      portfolioAgeMs: 0,
    },
  }
  expect(formatSystem(system)).toEqual([
    'fleet at 1970-01-01T00:00:00Z: overall score 82%, decision speed 1250 ms, accuracy 50%, cooperation 75%, message latency 20 ms',
    'host: CPU 30.1%, memory 40%, heap 50%, storage 60%, worker up 2 h, runtime v24.1.0 on linux',
    'market: trading volume of the market 45000000000 USD, price change of the market -2.5%, fear and greed index 64, age 3 min',
    'portfolio: growth 5.23%, goal progress 105%, age 0 s',
  ])
})
