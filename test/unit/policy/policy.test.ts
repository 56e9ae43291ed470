import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findHighestRisk, needsApproval } from '../../../src/analysis/eligibility/approval.ts'
import { getAggressivenessSettings, scaleConcurrentTrials } from '../../../src/analysis/policy/aggressiveness.ts'
import { computeAutonomy, computeAutonomyByKind, selectNonDefaultAutonomy } from '../../../src/analysis/policy/autonomy.ts'
import { computeCadenceMinutes } from '../../../src/analysis/policy/cadence.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import { countJsonBytes, maxPayloadBytes } from '../../../src/model/payload.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Verdict } from '../../../src/model/trial.ts'
import { trialRecord } from '../../support/profiles.ts'

/** So many trials that ended alike, after those before. */
function trials(verdict: Verdict, count: number, known: Partial<FinishedTrial> = {}): FinishedTrial[] {
  return Array.from({ length: count }, (_, index) => trialRecord({ verdict, at: index, ...known }))
}

describe('autonomy', () => {
  test('starts at 0.80, rises with every proven change and falls with every harmful one', () => {
    expect(computeAutonomy([])).toBe(0.8)
    expect(computeAutonomy(trials('keep', 1))).toBe(0.818)
    expect(computeAutonomy(trials('roll-back', 1))).toBe(0.727)
    const levels = [0, 1, 5, 20].map((count) => computeAutonomy(trials('keep', count)))
    expect(levels).toEqual(levels.toSorted())
  })

  test('is the mean of the Beta posterior while nothing has been forgotten', () => {
    const mixed = [...trials('keep', 1, { at: 1 }), ...trials('roll-back', 1, { at: 2 })]
    expect(computeAutonomy(mixed)).toBeCloseTo((8 + 0.98) / (10 + 0.98 + 1), 3)
  })

  test('reaches 0.95 with many proven changes, and no more', () => {
    expect(computeAutonomy(trials('keep', 50))).toBe(0.95)
    expect(computeAutonomy(trials('keep', 10_000))).toBe(0.95)
  })

  test('an undecided change hardly counts: it only moves the autonomy slightly back toward the start', () => {
    expect(computeAutonomy(trials('undecided', 500))).toBe(0.8)
    const earned = trials('keep', 20)
    const after = computeAutonomy([...earned, ...trials('undecided', 1, { at: 100 })])
    expect(after).toBeLessThan(computeAutonomy(earned))
    expect(computeAutonomy(earned) - after).toBeLessThan(0.005)
    const lost = trials('roll-back', 4)
    expect(computeAutonomy([...lost, ...trials('undecided', 50, { at: 100 })])).toBeGreaterThan(computeAutonomy(lost))
  })

  test('recent results count more than old ones, in whatever order they are read', () => {
    const failedLately = [...trials('keep', 5, { at: 1 }), ...trials('roll-back', 5, { at: 2 })]
    const failedLongAgo = [...trials('keep', 5, { at: 2 }), ...trials('roll-back', 5, { at: 1 })]
    expect(computeAutonomy(failedLately)).toBeLessThan(computeAutonomy(failedLongAgo))
    expect(computeAutonomy(failedLately.toReversed())).toBe(computeAutonomy(failedLately))
  })

  test('trials that people requested do not count', () => {
    expect(computeAutonomy(trials('roll-back', 20, { type: 'operator_request' }))).toBe(0.8)
  })

  test('what a person ended without calling it harmful is neither a success nor a failure', () => {
    expect(computeAutonomy(trials('roll-back', 20, { unjudged: true, byPerson: true }))).toBe(0.8)
    expect(computeAutonomy(trials('roll-back', 5, { unjudged: true }))).toBeLessThan(0.8)
  })

  test('trials that were judged together count as one, and as a failure if one of them is', () => {
    const together = { poolId: 'opt_1_a' }
    expect(computeAutonomy(trials('keep', 3, together))).toBe(computeAutonomy(trials('keep', 1)))
    const harmedOne = [...trials('keep', 2, together), ...trials('roll-back', 1, together)]
    expect(computeAutonomy(harmedOne)).toBe(computeAutonomy(trials('roll-back', 1)))
  })

  test('every kind of agent has its own autonomy', () => {
    const both = [...trials('keep', 5, { kind: 'hunter' }), ...trials('roll-back', 5, { kind: 'analyzer' })]
    const levels = computeAutonomyByKind(both)
    expect(levels.hunter).toBe(computeAutonomy(trials('keep', 5)))
    expect(levels.analyzer).toBe(computeAutonomy(trials('roll-back', 5)))
  })

  test('of many kinds, the policy names the least trusted, and a recorded change of it stays a small payload', () => {
    const level = (index: number) => 0.1 + index / 1_000
    const levels = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`kind-${'x'.repeat(60)}-${index}`, level(index)]),
    )
    const named = selectNonDefaultAutonomy({ usual: 0.8, ...levels })
    const count = Object.keys(named).length
    expect(count).toBeGreaterThan(5)
    expect(Object.values(named)).toEqual(Array.from({ length: count }, (_, index) => level(index)))
    const policy = { ...defaultPolicy, autonomyByKind: named }
    expect(countJsonBytes({ before: policy, after: policy, by: 'optimizer', reason: 'the results of a cycle' })).toBeLessThan(
      maxPayloadBytes,
    )
    expect(selectNonDefaultAutonomy({ usual: 0.8 })).toEqual({})
  })

  test('stays between 0 and 0.95 whatever happens', () => {
    const verdict = fc.constantFrom<Verdict>('keep', 'roll-back', 'undecided')
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 200 }), (verdicts) => {
        const level = computeAutonomy(verdicts.map((each, at) => trialRecord({ verdict: each, at })))
        expect(level).toBeGreaterThan(0)
        expect(level).toBeLessThanOrEqual(0.95)
      }),
    )
  })
})

describe('what needs a person’s approval', () => {
  const risks = ['low', 'medium', 'high'] as const
  const asking = (autonomy: number) => risks.filter((risk) => needsApproval(risk, autonomy))

  test.each([
    ['at the beginning', 0.8, ['high']],
    ['after harm', 0.69, ['medium', 'high']],
    ['at the lowest', 0, ['medium', 'high']],
    ['at the threshold of medium risk', 0.7, ['high']],
    ['shortly before the most trust', 0.939, ['high']],
    ['at the most trust', 0.95, []],
  ])('%s, at %d: %j', (_, autonomy, expected) => {
    expect(asking(autonomy)).toEqual(expected)
  })

  test('after two harmful changes at the start, medium risk needs approval; after about thirty proven ones, high risk does not', () => {
    expect(asking(computeAutonomy(trials('roll-back', 1)))).toEqual(['high'])
    expect(asking(computeAutonomy(trials('roll-back', 2)))).toEqual(['medium', 'high'])
    expect(asking(computeAutonomy(trials('keep', 25)))).toEqual(['high'])
    expect(asking(computeAutonomy(trials('keep', 35)))).toEqual([])
  })

  test('the riskiest knob of a change decides', () => {
    expect(findHighestRisk(['low', 'high', 'medium'])).toBe('high')
    expect(findHighestRisk(['low', 'medium'])).toBe('medium')
    expect(findHighestRisk([])).toBe('low')
  })
})

describe('cadence', () => {
  const schedule = { minMinutes: 5, maxMinutes: 10 }

  test('is short while the fleet is unhealthy and long when it is calm', () => {
    const minutes = (['critical', 'high', 'medium', 'low', null] as const).map((worst) =>
      computeCadenceMinutes(worst, schedule, 3),
    )
    expect(minutes).toEqual([5, 6, 8, 9, 10])
  })

  test('becomes shorter with the aggressiveness, within the limits', () => {
    expect([1, 3, 5].map((level) => computeCadenceMinutes('medium', schedule, level))).toEqual([10, 8, 5.5])
    expect(computeCadenceMinutes('critical', schedule, 5)).toBe(5)
  })
})

test('every aggressiveness level is at least as bold as the one below', () => {
  for (const level of [2, 3, 4, 5]) {
    const [below, above] = [getAggressivenessSettings(level - 1), getAggressivenessSettings(level)]
    expect(above.capFactor).toBeGreaterThanOrEqual(below.capFactor)
    expect(above.evidence).toBeLessThan(below.evidence)
    expect(above.bundleSize).toBeGreaterThanOrEqual(below.bundleSize)
    expect(above.cadenceFactor).toBeLessThan(below.cadenceFactor)
  }
  expect([1, 2, 3, 4, 5].map((level) => scaleConcurrentTrials(level, 2))).toEqual([1, 1, 2, 3, 4])
})
