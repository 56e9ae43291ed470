import { expect, test } from 'vitest'
import { findSilentMetrics } from '../../../src/analysis/observing/silent-metrics.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { AgentProfile } from '../../../src/model/profile.ts'
import { agentProfile, snapshot } from '../../support/profiles.ts'

const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
const find = (known: Partial<AgentProfile>) => findSilentMetrics(snapshot([agentProfile('bot', known)]), [objective])

test('a metric of the objective that nobody reports is silent, until somebody does', () => {
  expect(find({ metrics: { costUsd: 0.004 } })).toEqual([
    { agentId: 'bot', metric: 'qualityScore', label: 'quality score', named: 'the quality score' },
  ])
  expect(find({ metrics: { costUsd: 0.004, qualityScore: 0.9 } })).toEqual([])
})

test('an agent that hardly works, or has no live instance, may be late', () => {
  expect(find({ metrics: {}, decisionCount: 20 })).toEqual([])
  expect(find({ metrics: {}, instances: 0 })).toEqual([])
})
