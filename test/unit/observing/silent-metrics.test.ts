import { expect, test } from 'vitest'
import { findSilentMetrics } from '../../../src/analysis/observing/silent-metrics.ts'
import type { MetricHistory } from '../../../src/model/history.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { AgentProfile } from '../../../src/model/profile.ts'
import { agentProfile, now, snapshot } from '../../support/profiles.ts'

const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
const seenFor = (ms: number) => ({ bot: { responseTime: [{ at: now - ms, value: 100 }] } })
const find = (known: Partial<AgentProfile>, history: MetricHistory = seenFor(1_200_000)) =>
  findSilentMetrics(snapshot([agentProfile('bot', known)]), [objective], history)

test('a metric of the objective that nobody reports is silent, until somebody does', () => {
  expect(find({ metrics: { costUsd: 0.004 } })).toEqual([
    { agentId: 'bot', label: 'quality score', named: 'the quality score', wasReported: false },
  ])
  expect(find({ metrics: { costUsd: 0.004, qualityScore: 0.9 } })).toEqual([])
  const history = { bot: { qualityScore: [{ at: now - 600_000, value: 0.9 }] } }
  expect(find({ metrics: { costUsd: 0.004 } }, history)).toMatchObject([{ wasReported: true }])
})

test('a metric that nobody has reported yet is awaited for 15 minutes, one that fell silent is not', () => {
  expect(find({ metrics: {} }, seenFor(24_000))).toEqual([])
  expect(find({ metrics: {} }, {})).toEqual([])
  const fallen = { bot: { qualityScore: [{ at: now - 24_000, value: 0.9 }] } }
  expect(find({ metrics: { costUsd: 0.004 } }, fallen)).toMatchObject([{ wasReported: true }])
})

test('an agent that hardly works, or has no live instance, may be late', () => {
  expect(find({ metrics: {}, decisionCount: 20 })).toEqual([])
  expect(find({ metrics: {}, instances: 0 })).toEqual([])
})
