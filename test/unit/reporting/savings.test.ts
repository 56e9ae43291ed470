import { describe, expect, test } from 'vitest'
import { computeSavings } from '../../../src/analysis/reporting/results/index.ts'
import { formatMoney } from '../../../src/model/format.ts'
import type { StandingResult } from '../../../src/model/result.ts'
import { describeSavings } from '../../../src/model/saving.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

/** A kept change of a cost that was 0.02 USD an execution. */
function keptCost(agentId: string, improvement: number, interval: [number, number], more: Partial<StandingResult> = {}) {
  const facts = planned()
  const result = resultOf({ ...facts, strategy: { ...facts.strategy, agentId, targetMetric: 'costUsd' } })
  const arm = (mean: number) => ({
    ...result.metrics.before,
    reported: { costUsd: { mean, standardError: 0.0001, samples: 400 } },
  })
  const metrics = { before: arm(0.02), after: arm(0.02 * (1 - improvement / 100)) }
  return { ...result, actualImprovement: improvement, interval, metrics, standing: 'in-force' as const, ...more }
}
const perDay = () => 10_000

describe('the money that kept changes save', () => {
  test('is the cost before them × their improvement × the executions of a day, with its interval', () => {
    const savings = computeSavings([keptCost('faq', 50, [40, 60])], perDay)
    expect(savings.agents).toMatchObject([{ agentId: 'faq', metric: 'costUsd', currency: 'USD', keptTrials: 1 }])
    expect(savings.totals[0]!.perDay).toBeCloseTo(100)
    expect(savings.totals[0]!.interval.map(Math.round)).toEqual([80, 120])
    expect(describeSavings(savings)).toEqual([
      'Proven changes save about $100 a day at the current rate (95%: $80.00 to $120), on 1 agent.',
    ])
  })

  test('adds up over agents, with an interval that is narrower than the sum of theirs', () => {
    const { totals } = computeSavings([keptCost('faq', 50, [40, 60]), keptCost('analyst', 50, [40, 60])], perDay)
    expect(totals[0]!.perDay).toBeCloseTo(200)
    expect(totals[0]!.interval[0]).toBeGreaterThan(165)
  })

  test('counts only what is proven and still stands, of agents whose rate is known', () => {
    const unproven = keptCost('faq', 5, [-5, 15])
    const restored = keptCost('faq', 50, [40, 60], { standing: 'restored' })
    for (const result of [unproven, restored]) expect(computeSavings([result], perDay)).toEqual({ totals: [], agents: [] })
    expect(computeSavings([keptCost('faq', 50, [40, 60])], () => null).agents).toEqual([])
    expect(describeSavings({ totals: [], agents: [] })).toEqual([])
  })

  test('is a round figure if it is large, with its currency', () => {
    expect(formatMoney(12_345.6, 'USD')).toBe('$12,346')
    expect(formatMoney(-0.0031, 'EUR')).toBe('-0.0031 EUR')
  })

  test('is told as a cost where changes cost more', () => {
    const savings = computeSavings([keptCost('faq', -10, [-15, -5])], perDay)
    expect(describeSavings(savings)).toEqual([
      'Proven changes cost about $20.00 more a day at the current rate (95%: $10.00 to $30.00), on 1 agent.',
    ])
  })
})
