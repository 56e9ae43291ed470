import { describe, expect, test } from 'vitest'
import { computeCandidateBudget, computeTrialLimit } from '../../../src/analysis/eligibility/capacity.ts'
import type { FleetFacts } from '../../../src/analysis/eligibility/index.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { eligibilityFacts } from '../../support/eligibility.ts'

const fleet = (known: Partial<FleetFacts>, limits: object = {}) =>
  eligibilityFacts({
    fleet: {
      caps: { concurrentTrials: 2, concurrentLongTrials: 2, candidateShareRatio: 0.2 },
      limits: limitsSchema.parse(limits),
      ...known,
    },
  }).fleet
const left = (liveInstances: number, candidates = 0, limits = {}) => {
  const running = candidates > 0 ? [{ id: 'opt_1_x', agentId: 'x', candidates }] : []
  return computeCandidateBudget(fleet({ liveInstances, running }, limits)).left
}

describe('the candidates that the fleet can have', () => {
  test.each([
    [1, 1],
    [5, 1],
    [8, 2],
    [9, 2],
    [100, 20],
  ])('are by default, of %i instances, %i', (live, candidates) => {
    expect(left(live)).toBe(candidates)
  })

  test('are reduced by those of running trials', () => {
    expect(left(9, 1)).toBe(1)
    expect(left(9, 2)).toBe(0)
    expect(left(5, 2)).toBe(-1)
  })

  test('are limited by the operator’s share, which is not exceeded by a fraction of an instance', () => {
    expect(left(9, 0, { maxCandidateShare: 0.2 })).toBe(1)
    expect(left(9, 0, { maxCandidateShare: 0.9 })).toBe(2)
    expect(left(9, 0, { maxCandidateShare: 0.01 })).toBe(1)
  })
})

test('the trial limit follows the aggressiveness within the operator’s limits, and is lowest while they cannot be read', () => {
  const bold = { policy: { ...defaultPolicy, aggressiveness: 5 } }
  expect(computeTrialLimit(fleet(bold)).most).toBe(4)
  expect(computeTrialLimit(fleet(bold, { maxAggressiveness: 3 })).most).toBe(2)
  expect(computeTrialLimit(fleet(bold, { maxConcurrentTrials: 3 })).most).toBe(3)
  expect(computeTrialLimit(fleet({ ...bold, limits: 'limits.json is broken.' })).most).toBe(1)
})

describe('trials outside cycles', () => {
  const long = { id: 'opt_1_x', agentId: 'x', candidates: 1, isLong: true }
  const short = { id: 'opt_2_y', agentId: 'y', candidates: 1 }

  test('do not take the place of trials within cycles, nor these theirs', () => {
    const running = [long, { ...long, id: 'opt_3_z' }]
    expect(computeTrialLimit(fleet({ running }))).toEqual({ count: 0, most: 2, scope: 'within cycles' })
    expect(computeTrialLimit(fleet({ running }), true)).toEqual({ count: 2, most: 2, scope: 'outside cycles' })
    const five = fleet({ liveInstances: 5, running: [long] })
    expect(computeCandidateBudget(five).left).toBe(1)
    expect(computeCandidateBudget(five, true).left).toBe(0)
  })

  test('count with the others where the operator’s limits do', () => {
    const running = [long, short]
    expect(computeTrialLimit(fleet({ running }, { maxConcurrentTrials: 2 }))).toEqual({ count: 2, most: 2, scope: 'all' })
    expect(computeCandidateBudget(fleet({ liveInstances: 10, running }, { maxCandidateShare: 0.2 })).left).toBe(0)
  })
})
