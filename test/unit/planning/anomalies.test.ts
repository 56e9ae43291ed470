import { describe, expect, test } from 'vitest'
import { emptyRecord } from '../../../src/analysis/eligibility/index.ts'
import { detectAnomalyBottlenecks } from '../../../src/analysis/observing/anomaly-bottlenecks.ts'
import { detectBottlenecks } from '../../../src/analysis/observing/detection.ts'
import { planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import type { Anomaly } from '../../../src/model/anomaly.ts'
import { isAnomalyType } from '../../../src/model/bottleneck.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { anomaly } from '../../support/anomalies.ts'
import { planFor } from '../../support/planning.ts'
import { knobsFor, scenario } from '../../support/profiles.ts'

const seen = scenario()
const bottlenecksOf = (...anomalies: Parameters<typeof detectAnomalyBottlenecks>[0][number][]) =>
  detectAnomalyBottlenecks(anomalies, builtInCatalogue)
const analyzer = {
  component: 'market-analyzer',
  metric: 'queueDepth',
  probability: 0.72,
  why: 'queueDepth of market-analyzer rose from 3 to 40.',
}

test('an anomaly to the worse is a bottleneck that says what, since when and why', () => {
  const [found, ...others] = bottlenecksOf(
    anomaly({
      type: 'dependency_slowdown',
      causes: [analyzer],
      events: [
        {
          kind: 'deploy',
          at: 0,
          description: 'release 3.1',
          probability: 0.8,
          why: 'Deploy release 3.1, 2 min before the change.',
        },
      ],
    }),
  )
  expect(others).toEqual([])
  expect(found).toMatchObject({ type: 'dependency_slowdown', severity: 'high', affectedComponent: 'market-hunter', impact: 180 })
  for (const part of ['since', 'market-analyzer (72%)', 'queueDepth', 'release 3.1', '2800 ms instead of 1000 ms'])
    expect(found!.description).toContain(part)
  expect(found!.suggestedFix).toContain('market-analyzer')
})

test('an anomaly that its own agent probably causes says so, with the metric that points to it if that is another one', () => {
  const own = { component: 'market-hunter', metric: 'queueDepth', probability: 0.81, why: 'queueDepth rose from 3 to 40.' }
  const [found] = bottlenecksOf(anomaly({ causes: [own] }))
  expect(found!.description).toContain('probably because of market-hunter itself (81%): queueDepth rose')
  const [same] = bottlenecksOf(anomaly({ causes: [{ ...own, metric: 'responseTime' }] }))
  expect(same!.description).toMatch(/market-hunter itself \(81%\)\.$/)
  const [unclear] = bottlenecksOf(anomaly({ causes: [{ ...own, probability: 0.4 }] }))
  expect(unclear!.description).not.toContain('because')
})

test('an anomaly to the better and one that has ended are no bottlenecks', () => {
  expect(bottlenecksOf(anomaly({ isWorse: false }), anomaly({ endedAt: 1 }))).toEqual([])
})

test('of several anomalies of a type, all are found, and the worst is acted on; the plan says so', () => {
  const mild = anomaly({ metric: 'messageLatencyMs', severity: 'medium' })
  const other = anomaly({ metric: 'successRate', type: 'error_burst', before: 0.9, value: 0.7 })
  const planWith = (...anomalies: Anomaly[]) =>
    planCycle({
      snapshot: seen,
      thresholds: defaultThresholds,
      knobs: knobsFor(seen),
      experience: [],
      anomalies,
      policy: defaultPolicy,
      eligibility: emptyRecord,
    })
  const [all, worst] = [planWith(mild, other, anomaly()), planWith(other, anomaly())]
  const unusual = all.bottlenecks.filter(({ type }) => isAnomalyType(type))
  expect(unusual.map(({ metric }) => metric)).toEqual(['successRate', 'responseTime', 'messageLatencyMs'])
  expect(all.strategies).toEqual(worst.strategies)
  const said = all.skipped.filter((line) => !worst.skipped.includes(line))
  expect(said).toEqual(['Message latency of market-hunter: Response time of market-hunter is the worse anomaly and comes first'])
})

test('a strategy for what suffers from something that is no agent says so', () => {
  const host = { ...analyzer, component: 'host-1', metric: 'cpuPercent', why: 'cpuPercent of host-1 rose from 20 to 98.' }
  const anomalies = [anomaly({ type: 'dependency_slowdown', causes: [host] })]
  const { strategies } = planFor(seen, { bottlenecks: bottlenecksOf(...anomalies), anomalies })
  const found = strategies.find(({ type }) => type === 'dependency_slowdown')
  expect(found).toMatchObject({ agentId: 'market-hunter', description: expect.stringContaining('host-1 is not an agent') })
})

describe('an anomaly of a process', () => {
  const worker = { component: 'host-1/worker', metric: 'cpuPercent', before: 20, value: 90, type: 'resource_anomaly' } as const
  const planFrom = (causes: Anomaly['causes']) => {
    const anomalies = [anomaly({ ...worker, causes })]
    const { strategies, skipped } = planFor(seen, { bottlenecks: bottlenecksOf(...anomalies), anomalies })
    return { strategies: strategies.filter(({ type }) => type === 'resource_anomaly'), skipped }
  }

  test('is a bottleneck there', () => {
    const [found] = bottlenecksOf(anomaly(worker))
    expect(found).toMatchObject({ affectedComponent: 'host-1/worker', metric: 'cpuPercent', impact: 350 })
  })

  test('makes a strategy for the agent that causes it', () => {
    const { strategies } = planFrom([analyzer])
    expect(strategies.map(({ agentId }) => agentId)).toEqual(['market-analyzer'])
    expect(strategies[0]!.description).toContain('CPU usage of host-1/worker')
  })

  test('makes none if no agent is known to cause it', () => {
    const { strategies, skipped } = planFrom([{ ...analyzer, component: 'host-1/worker' }])
    expect(strategies).toEqual([])
    expect(skipped).toContainEqual({
      subject: 'CPU usage of host-1/worker',
      reason: expect.stringContaining('no agent is known'),
    })
  })
})

test('what is short in the system is addressed at the agent that causes the anomaly of a host', () => {
  const system = {
    type: 'cpu_short',
    severity: 'high',
    affectedComponent: 'system',
    description: 'CPU usage is 96%',
    impact: 20,
    suggestedFix: 'Relieve the host',
    metric: 'cpuPercent',
  } as const
  const host = { component: 'host-1', metric: 'cpuPercent', before: 40, value: 96, type: 'resource_anomaly' } as const
  const planFrom = (causes: Anomaly['causes']) =>
    planFor(seen, { bottlenecks: [system], anomalies: [anomaly({ ...host, causes })] }).strategies.filter(
      ({ type }) => type === 'cpu_short',
    )
  expect(planFrom([analyzer])).toMatchObject([{ agentId: 'market-analyzer', targetComponent: 'system' }])
  expect(planFrom([{ ...analyzer, probability: 0.3 }]).map(({ agentId }) => agentId)).not.toContain('market-analyzer')
})

/** The plan against the response time of the market-hunter. */
const planAgainst = (causes: (typeof analyzer)[]) => {
  const anomalies = [anomaly({ causes })]
  const bottlenecks = [...detectBottlenecks(seen, defaultThresholds), ...detectAnomalyBottlenecks(anomalies, builtInCatalogue)]
  const { strategies } = planFor(seen, { bottlenecks, anomalies })
  return strategies.filter(({ type }) => ['agent_response_time', 'response_time_anomaly', 'dependency_slowdown'].includes(type))
}

test('a strategy goes to the agent that causes a degradation, and says why', () => {
  const [strategy, ...others] = planAgainst([analyzer])
  expect(others).toEqual([])
  expect(strategy).toMatchObject({ agentId: 'market-analyzer', targetComponent: 'market-hunter', type: 'agent_response_time' })
  expect(strategy!.description).toContain('probably because of market-analyzer (72%)')
})

test('without a probable cause elsewhere it stays where the degradation shows', () => {
  expect(planAgainst([]).map(({ agentId }) => agentId)).toEqual(['market-hunter'])
  expect(planAgainst([{ ...analyzer, probability: 0.3 }]).map(({ agentId }) => agentId)).toEqual(['market-hunter'])
})
