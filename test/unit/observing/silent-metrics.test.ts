import { expect, test } from 'vitest'
import { describeSilentMetrics, findSilentMetrics, selectOverdueMetrics } from '../../../src/analysis/observing/silent-metrics.ts'
import type { MetricHistory } from '../../../src/model/history.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { AgentProfile } from '../../../src/model/profile.ts'
import { agentProfile, now, snapshot } from '../../support/profiles.ts'

const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
const find = (known: Partial<AgentProfile>) => findSilentMetrics(snapshot([agentProfile('bot', known)]), [objective])
const seenFor = (ms: number) => ({ bot: { responseTime: [{ at: now - ms, value: 100 }] } })
const overdue = (history: MetricHistory) => selectOverdueMetrics(find({ metrics: { costUsd: 0.004 } }), history, now)

test('a metric of the objective that nobody reports is silent, until somebody does', () => {
  expect(find({ metrics: { costUsd: 0.004 } })).toEqual([
    { agentId: 'bot', metric: 'qualityScore', label: 'quality score', named: 'the quality score' },
  ])
  expect(find({ metrics: { costUsd: 0.004, qualityScore: 0.9 } })).toEqual([])
})

test('a metric that nobody has reported yet is overdue after 15 minutes, one that fell silent is at once', () => {
  expect(overdue(seenFor(24_000))).toEqual([])
  expect(overdue({})).toEqual([])
  expect(overdue(seenFor(1_200_000))).toMatchObject([{ metric: 'qualityScore', wasReported: false }])
  expect(overdue({ bot: { qualityScore: [{ at: now - 24_000, value: 0.9 }] } })).toMatchObject([{ wasReported: true }])
})

test('an agent that hardly works, or has no live instance, may be late', () => {
  expect(find({ metrics: {}, decisionCount: 20 })).toEqual([])
  expect(find({ metrics: {}, instances: 0 })).toEqual([])
})

const advice = ' Agents in TypeScript report it with measureExecutions: true in connectAgent.'

test('silent metrics are told by metric, with at most three agents by name', () => {
  const silent = ['a', 'b', 'c', 'd'].map((agentId) => ({ agentId, metric: 'cpuMs', label: 'CPU time', named: 'the CPU time' }))
  expect(describeSilentMetrics(silent.slice(0, 1))).toEqual([
    `No instance of a reports the CPU time, so nothing is tried on it until one does.${advice}`,
  ])
  expect(describeSilentMetrics(silent)).toEqual([
    `No instance of a, b, c and 1 more reports the CPU time, so nothing is tried on them until one does.${advice}`,
  ])
})
