import { describe, expect, test } from 'vitest'
import { estimateCostBenefit, findCostBenefitObjection } from '../../../src/analysis/planning/expectation/index.ts'
import { planFor } from '../../support/planning.ts'
import { agentProfile, now, snapshot, trialRecord } from '../../support/profiles.ts'
import { strategyFor } from '../../support/store.ts'

const expecting = (expectedImprovement: number, known = {}) => ({
  ...strategyFor('hunter', 'opt_1_a'),
  expectedImprovement,
  uncertainty: 2,
  ...known,
})

describe('impact against cost', () => {
  test('a higher expectation means more gain and less risk', () => {
    const worths = [-20, -10, 0, 10, 20].map((improvement) => estimateCostBenefit(expecting(improvement), 3))
    const gains = worths.map(({ gain }) => gain)
    const costs = worths.map(({ cost }) => cost)
    expect(gains).toEqual(gains.toSorted((a, b) => a - b))
    expect(costs).toEqual(costs.toSorted((a, b) => b - a))
  })

  test('a change that certainly brings 20% is credited with an hour of it; one that certainly harms costs the instances that try it', () => {
    expect(estimateCostBenefit(expecting(20), 3).gain).toBeCloseTo(60 * 20, -2)
    expect(estimateCostBenefit(expecting(-30), 3).cost).toBeCloseTo((1 / 3) * 2 * 30, 0)
    expect(estimateCostBenefit(expecting(-30), 1).cost).toBeCloseTo(2 * 30, 0)
  })

  test('a change that usually does harm is not worth a trial; one that is expected to bring nothing may still turn out well', () => {
    expect(findCostBenefitObjection(expecting(-15), 3)).toMatch(
      /^its trial would cost more than it gains: similar trials averaged 15\.0% slower, /,
    )
    expect(findCostBenefitObjection(expecting(0), 3)).toBeUndefined()
    expect(findCostBenefitObjection(expecting(4.2, { uncertainty: 0 }), 3)).toBeUndefined()
  })

  test('a longer trial on more instances has to promise more', () => {
    const doubtful = { uncertainty: 2 }
    expect(findCostBenefitObjection(expecting(-8, doubtful), 9)).toBeUndefined()
    expect(findCostBenefitObjection(expecting(-8, { ...doubtful, implementationTime: 1_800_000 }), 1)).toBeDefined()
  })
})

test('a strategy whose group keeps doing harm is skipped, with the reason', () => {
  const seen = snapshot([agentProfile('hunter', { responseTime: 2800, instances: 3 })])
  const experience = Array.from({ length: 6 }, (_, i) =>
    trialRecord({ agentId: 'hunter', kind: 'hunter', verdict: 'roll-back', improvement: -40, interval: [-50, -30], at: now - i }),
  )
  const { strategies, skipped } = planFor(seen, { experience })
  expect(strategies.map(({ type }) => type)).not.toContain('agent_response_time')
  expect(skipped[0]).toEqual({
    subject: 'Response time of hunter',
    reason: expect.stringMatching(/^its trial would cost more than it gains/),
  })
})
