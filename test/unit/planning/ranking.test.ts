import fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeImprovementPerMinute, rankStrategies } from '../../../src/analysis/planning/ranking.ts'
import type { Strategy } from '../../../src/model/strategy.ts'

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
const bold = { seed: 'cycle-1', aggressiveness: 5 }
const ids = (strategies: Strategy[]) => strategies.map(({ id }) => id)

test('severity comes first, then the expected improvement, then the shorter implementation', () => {
  const ranked = rankStrategies(
    [
      strategy('low', { priority: 'low', expectedImprovement: 99 }),
      strategy('slow', { implementationTime: 300_000 }),
      strategy('better', { expectedImprovement: 17.5, implementationTime: 300_000 }),
      strategy('quick', {}),
      strategy('medium', { priority: 'medium' }),
      strategy('critical', { priority: 'critical', expectedImprovement: 1 }),
    ],
    bold,
  )
  expect(ids(ranked)).toEqual(['critical', 'better', 'quick', 'slow', 'medium', 'low'])
})

const uncertain = ['a', 'b', 'c', 'd'].map((id, index) => strategy(id, { expectedImprovement: 10 - index / 10, uncertainty: 8 }))

test('uncertain strategies get a chance, more so at higher aggressiveness, and never at the lowest', () => {
  const exploring = (aggressiveness: number) =>
    Array.from({ length: 200 }, (_, i) => rankStrategies(uncertain, { seed: `cycle-${i}`, aggressiveness })[0]!.id).filter(
      (id) => id !== 'a',
    ).length
  const counts = [1, 2, 3, 4, 5].map(exploring)
  expect(counts[0]).toBe(0)
  expect(counts[4]).toBeGreaterThan(100)
  expect(counts[2]).toBeGreaterThan(counts[0]!)
})

test('certain strategies are not explored', () => {
  const certain = uncertain.map((one) => ({ ...one, uncertainty: 0.01 }))
  for (let i = 0; i < 50; i++)
    expect(ids(rankStrategies(certain, { seed: `cycle-${i}`, aggressiveness: 5 }))).toEqual(['a', 'b', 'c', 'd'])
})

test('severity comes first and the same seed gives the same order, whatever is drawn and however they are listed', () => {
  const severities = fc.constantFrom('critical', 'high', 'medium', 'low')
  const some = fc.uniqueArray(
    fc.record({
      id: fc.uuid(),
      priority: severities,
      expectedImprovement: fc.integer({ min: -50, max: 50 }),
      uncertainty: fc.nat(30),
    }),
    { selector: ({ id }) => id },
  )
  const urgency = { critical: 4, high: 3, medium: 2, low: 1 }
  fc.assert(
    fc.property(some, fc.string(), fc.integer({ min: 1, max: 5 }), (known, seed, aggressiveness) => {
      const strategies = known.map(({ id, ...rest }) => strategy(id, rest as Partial<Strategy>))
      const ranked = rankStrategies(strategies, { seed, aggressiveness })
      const order = ranked.map(({ priority }) => urgency[priority])
      expect(order).toEqual(order.toSorted((a, b) => b - a))
      expect(rankStrategies(strategies, { seed, aggressiveness })).toEqual(ranked)
    }),
  )
})

test('impact against cost is the expected improvement per minute', () => {
  expect(computeImprovementPerMinute(strategy('a', { expectedImprovement: 20 }))).toBeCloseTo(10)
})
