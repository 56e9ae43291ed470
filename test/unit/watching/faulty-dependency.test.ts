import { beforeAll, expect, test } from 'vitest'
import { detectAnomalyBottlenecks } from '../../../src/analysis/observing/anomaly-bottlenecks.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'
import { computeSharedPeriodMs, findSharedPeriods } from '../../../src/analysis/trials/shared-anomalies.ts'
import type { Anomaly } from '../../../src/model/anomaly.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { planFor } from '../../support/planning.ts'
import { scenario } from '../../support/profiles.ts'
import { createWatch, run, start, stepMs } from './fleet.ts'

/** The agents of the reference fleet, who asks whom, and the time of each one's own work in milliseconds. */
const ownMs = {
  'strategic-orchestrator': 300,
  'market-hunter': 500,
  'market-analyzer': 400,
  'narrative-architect': 700,
  'intelligent-execution-agent': 200,
}
type AgentId = keyof typeof ownMs
const graph: [AgentId, AgentId][] = [
  ['strategic-orchestrator', 'market-hunter'],
  ['strategic-orchestrator', 'narrative-architect'],
  ['market-hunter', 'market-analyzer'],
  ['intelligent-execution-agent', 'market-hunter'],
]
const [faultAt, end] = [1_000, 1_030]
const isHit = (step: number) => step >= faultAt

/** The response times of a step: those of who is asked are part of it. The market-analyzer becomes five times as slow, because its queue grows. */
function createFaultyFleet(seed: number) {
  const { normal } = createRandomSource(seed)
  return (step: number) => {
    const timeOf = (agentId: AgentId): number => {
      const slow = agentId === 'market-analyzer' && isHit(step) ? 5 : 1
      const asked = graph.filter(([from]) => from === agentId).map(([, to]) => timeOf(to))
      return asked.reduce((sum, ms) => sum + ms, ownMs[agentId] * slow * Math.exp(0.1 * normal()))
    }
    return Object.keys(ownMs).flatMap((component) => [
      { component, metric: 'responseTime', value: timeOf(component as AgentId) },
      { component, metric: 'successRate', value: 0.9 + 0.01 * normal() },
      {
        component,
        metric: 'queueDepth',
        value: Math.max(0, 3 + normal() + (component === 'market-analyzer' && isHit(step) ? 2 * (step - faultAt) : 0)),
      },
    ])
  }
}

let anomalies: Anomaly[]
beforeAll(() => {
  const watch = createWatch()
  run(watch, createFaultyFleet(3), [0, end])
  const open = watch.listOpen().filter(({ isWorse }) => isWorse)
  for (const anomaly of open) watch.findCauses(anomaly, start + (end - 1) * stepMs, { graph, shared: new Set() })
  anomalies = open
})

test('every agent that waits for a slow one has an anomaly with that one as its cause; no other agent has one', () => {
  const slow = anomalies.filter(({ metric }) => metric === 'responseTime').map(({ component }) => component)
  expect(slow.toSorted()).toEqual(['intelligent-execution-agent', 'market-analyzer', 'market-hunter', 'strategic-orchestrator'])
  for (const { causes } of anomalies) expect(causes[0]).toMatchObject({ component: 'market-analyzer' })
})

test('strategies against the slowness of others change the agent that causes it', () => {
  const seen = scenario()
  const bottlenecks = detectAnomalyBottlenecks(anomalies, builtInCatalogue)
  const { strategies } = planFor(seen, { bottlenecks, anomalies })
  expect(strategies.length).toBeGreaterThan(0)
  expect(new Set(strategies.map(({ agentId }) => agentId))).toEqual(new Set(['market-analyzer']))
})

test('a trial of an agent that waits for the slow one is not judged by that time', () => {
  const slow = anomalies.filter(({ component, metric }) => component === 'market-hunter' && metric === 'responseTime')
  const { normal } = createRandomSource(4)
  const arm = (instance: string, from: number, to: number, factor: number) => ({
    executions: Array.from({ length: 6 * (to - from) }, (_, i) => {
      const at = start + from * stepMs + (i * stepMs) / 6
      const isSlow = at >= start + faultAt * stepMs
      return { at, instance, durationMs: 900 * Math.exp(0.1 * normal()) * (isSlow ? factor : 1), success: true }
    }),
    negotiations: [],
  })
  const since = start + (faultAt - 10) * stepMs
  const past = arm('control', faultAt - 100, faultAt - 10, 1)
  // The same fault hits the candidate harder by chance.
  const arms = { control: arm('control', faultAt - 10, end, 2.5), candidate: arm('candidate', faultAt - 10, end, 3.5) }
  const periods = findSharedPeriods(slow, { control: arms.control, past, design: 'concurrent', since })
  const shared = computeSharedPeriodMs(periods, since, start + end * stepMs)
  expect(shared / stepMs).toBeGreaterThan(end - faultAt - 3)
})
