import { expect, test } from 'vitest'
import { improvementPerMinute, rank, successProbability } from '../../../src/analysis/ranking.ts'
import type { Strategy } from '../../../src/model/strategy.ts'
import { trialRecord } from '../../support/profiles.ts'

function strategy(id: string, known: Partial<Strategy>): Strategy {
  return {
    id,
    type: 'agent_response_time',
    priority: 'high',
    targetComponent: 'market-hunter',
    agentId: 'market-hunter',
    targetMetric: 'responseTime',
    description: '',
    expectedImprovement: 10,
    implementationTime: 120_000,
    actions: [],
    successMetrics: [],
    rollbackPlan: '',
    ...known,
  }
}
const ids = (strategies: Strategy[]) => strategies.map(({ id }) => id)

test('severity comes first, then the expected improvement, then the shorter implementation', () => {
  const ranked = rank([
    strategy('low', { priority: 'low', expectedImprovement: 99 }),
    strategy('slow', { implementationTime: 300_000 }),
    strategy('better', { expectedImprovement: 17.5, implementationTime: 300_000 }),
    strategy('quick', {}),
    strategy('medium', { priority: 'medium' }),
    strategy('critical', { priority: 'critical', expectedImprovement: 1 }),
  ])
  expect(ids(ranked)).toEqual(['critical', 'better', 'quick', 'slow', 'medium', 'low'])
})

test('a type that keeps failing falls behind one that is proven, within the same severity', () => {
  const failing = strategy('failing', { expectedImprovement: 20 })
  const proven = strategy('proven', { type: 'agent_success_rate', expectedImprovement: 12 })
  expect(ids(rank([proven, failing]))).toEqual(['failing', 'proven'])
  const experience = Array.from({ length: 6 }, () => trialRecord({ verdict: 'roll-back', improvement: -5 }))
  expect(ids(rank([failing, proven], experience))).toEqual(['proven', 'failing'])
})

test('the probability of success starts at 85 % and follows the recorded trials of the type', () => {
  expect(successProbability('agent_response_time', [])).toBeCloseTo(0.85)
  const mixed = [trialRecord({}), trialRecord({ verdict: 'undecided' })]
  expect(successProbability('agent_response_time', mixed)).toBeCloseTo(2.7 / 4)
  expect(successProbability('agent_success_rate', mixed)).toBeCloseTo(0.85)
})

test('impact against cost is the improvement to expect for each minute', () => {
  expect(improvementPerMinute(strategy('a', { expectedImprovement: 20 }))).toBeCloseTo(8.5)
})
