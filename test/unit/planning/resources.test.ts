import { expect, test } from 'vitest'
import { detectBottlenecks } from '../../../src/analysis/observing/detection.ts'
import { configSchema } from '../../../src/config/config.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { AgentProfile } from '../../../src/model/profile.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { eligibilityRecord } from '../../support/eligibility.ts'
import { planFor } from '../../support/planning.ts'
import { agentKnobs, agentProfile, snapshot } from '../../support/profiles.ts'

const saving = { ...defaultPolicy, resourceMode: 'reduce' as const }
const values = Object.fromEntries(agentKnobs.map((knob) => [knob.name, knob.default]))
const agent = (id: string, metrics: AgentProfile['metrics']) =>
  agentProfile(id, { metrics, configuration: { version: 1, values } })
const objectives = configSchema.parse({
  objectives: [{ agent: 'bot', minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] }],
}).objectives

test('while resources are to be saved, what executions report of them is a target of its own', () => {
  const seen = snapshot([agent('worker', { cpuMs: 400, memoryMb: 900 }), agent('silent', {})])
  const { strategies } = planFor(seen, { policy: saving })
  expect(strategies).toMatchObject([
    {
      type: 'resource_reduction',
      agentId: 'worker',
      targetMetric: 'cpuMs',
      objective: { minimize: 'cpuMs', tolerate: { responseTime: 25, successRate: 15, coordinationScore: 25 } },
    },
  ])
  expect(planFor(seen).strategies).toEqual([])
})

test('an agent that runs short itself is to use less, alone', () => {
  const seen = snapshot([agent('worker', { cpuMs: 400 }), agent('other', { cpuMs: 300 })])
  const eligibility = eligibilityRecord({}, { worker: { shortages: ['cpuPercent of worker/1'] } })
  const { strategies } = planFor(seen, { eligibility })
  expect(strategies).toMatchObject([{ type: 'resource_reduction', agentId: 'worker', targetMetric: 'cpuMs' }])
})

test("an agent's objective still holds: its bounds, and no loss that matters of what it is about", () => {
  const seen = snapshot([agent('bot', { cpuMs: 400, costUsd: 0.004, qualityScore: 0.86 })])
  const { strategies } = planFor(seen, { policy: saving, eligibility: eligibilityRecord({ objectives }) })
  const saved = strategies.find(({ type }) => type === 'resource_reduction')
  expect(saved?.objective).toMatchObject({ minimize: 'cpuMs', subjectTo: objectives[0]!.subjectTo, tolerate: { costUsd: 5 } })
})

test('an agent that violates a bound gets within it first', () => {
  const seen = snapshot([agent('bot', { cpuMs: 400, costUsd: 0.004, qualityScore: 0.6 })])
  const known = { policy: saving, eligibility: eligibilityRecord({ objectives }) }
  const bottlenecks = detectBottlenecks(seen, defaultThresholds, objectives)
  expect(planFor(seen, { ...known, bottlenecks }).strategies.map(({ type }) => type)).toEqual(['objective_bound'])
})

test('a configured bottleneck leads to a strategy of its type, and one of the host to the agents that use most', () => {
  const { bottleneckRules } = configSchema.parse({
    bottleneckRules: [
      { type: 'expensive_answers', metric: 'costUsd', above: 0.003, severity: 'high' },
      { type: 'busy_host', metric: 'cpuPercent', above: 80, severity: 'medium' },
    ],
  })
  const cheap = [{ ...agentKnobs[0]!, affects: [{ metric: 'costUsd', improves: 'increase' as const }] }]
  const thrifty = [{ ...agentKnobs[0]!, affects: [{ metric: 'cpuMs', improves: 'increase' as const }] }]
  const seen = snapshot([agent('bot', { costUsd: 0.004 }), agent('a', { cpuMs: 20 }), agent('b', { cpuMs: 90 })], {
    cpuPercent: 95,
  })
  const bottlenecks = detectBottlenecks(seen, defaultThresholds, [], createCatalogue([]), bottleneckRules)
  const { strategies } = planFor(seen, { bottlenecks, bottleneckRules, knobs: { bot: cheap, a: thrifty, b: thrifty } })
  expect(strategies.map(({ type, agentId, targetMetric }) => [type, agentId, targetMetric])).toEqual([
    ['expensive_answers', 'bot', 'costUsd'],
    ['busy_host', 'b', 'cpuMs'],
  ])
})

test('before any trial, no knob is turned against its declared direction, whatever the name of the agent', () => {
  const { bottleneckRules } = configSchema.parse({
    bottleneckRules: [{ type: 'busy_host', metric: 'cpuPercent', above: 80, severity: 'medium' }],
  })
  // The knob is at its minimum already.
  const lowest = [{ ...agentKnobs[0]!, affects: [{ metric: 'cpuMs', improves: 'decrease' as const }] }]
  for (const id of 'abcdefgh') {
    const seen = snapshot([agent(id, { cpuMs: 90 })], { cpuPercent: 95 })
    const bottlenecks = detectBottlenecks(seen, defaultThresholds, [], createCatalogue([]), bottleneckRules)
    expect(planFor(seen, { bottlenecks, bottleneckRules, knobs: { [id]: lowest } }).strategies).toEqual([])
  }
})
