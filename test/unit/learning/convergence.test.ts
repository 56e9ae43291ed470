import { describe, expect, test } from 'vitest'
import { detectBottlenecks } from '../../../src/analysis/detection/index.ts'
import { leftAloneUntil } from '../../../src/analysis/learning/index.ts'
import { generateStrategies } from '../../../src/analysis/strategies/index.ts'
import type { TrialRecord } from '../../../src/model/experience.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, knobsFor, snapshot, trialRecord } from '../../support/profiles.ts'

const minute = 60_000
const now = 1_728_563_421_789
/** The newest a minute ago, the others ten minutes apart. */
const fruitless = (count: number, known: Partial<TrialRecord> = {}) =>
  Array.from({ length: count }, (_, i) =>
    trialRecord({ agentId: 'a', kind: 'a', verdict: 'undecided', improvement: 0, at: now - minute - i * 10 * minute, ...known }),
  )
const restMinutes = (trials: TrialRecord[], shiftedAt?: number) => {
  const until = leftAloneUntil(trials, shiftedAt, now)
  return until === undefined ? 0 : (until - (now - minute)) / minute
}

describe('an agent on which trials bring nothing', () => {
  test('is left alone longer and longer, for a day at most', () => {
    expect([0, 7, 8, 9, 10, 11].map((count) => restMinutes(fruitless(count)))).toEqual([0, 0, 20, 40, 80, 160])
    expect(restMinutes(fruitless(40))).toBe(24 * 60)
  })

  test('is tried on again when its rest is over', () => {
    expect(leftAloneUntil(fruitless(8), undefined, now + 20 * minute)).toBeUndefined()
  })

  test('starts anew with every gain, and with a shift of its metrics', () => {
    expect(restMinutes([...fruitless(12), trialRecord({ verdict: 'keep', at: now - 30 * minute })])).toBe(0)
    expect(restMinutes(fruitless(12), now - 30 * minute)).toBe(0)
    expect(restMinutes(fruitless(12), now - 600 * minute)).toBe(320)
  })

  test('is not left alone for what persons tried', () => {
    expect(restMinutes(fruitless(12, { type: 'operator_request' }))).toBe(0)
  })
})

describe('in the plan of a cycle', () => {
  const slow = (responseTime: number) => snapshot([agentProfile('a', { responseTime })], {}, now)
  const calm = Array.from({ length: 40 }, (_, i) => ({
    at: now - (40 - i) * 10 * minute,
    value: 2500 * Math.exp(0.05 * Math.sin(i * 7)),
  }))
  const planned = (responseTime: number) =>
    generateStrategies({
      bottlenecks: detectBottlenecks(slow(responseTime), defaultThresholds),
      snapshot: slow(responseTime),
      thresholds: defaultThresholds,
      knobs: knobsFor(slow(responseTime)),
      experience: fruitless(10, { metric: 'responseTime' }),
      history: { a: { responseTime: calm } },
      policy: defaultPolicy,
      now,
      random: () => 0,
    })

  test('a converged agent is left alone, with the reason', () => {
    const { strategies, skipped } = planned(2510)
    expect(strategies).toEqual([])
    expect(skipped[0]!.reason).toMatch(
      /^the last trials on a brought nothing, so it is left alone until 20\d\d-.* or until its metrics shift$/,
    )
  })

  test('it is tried on at once when its metrics shift', () => {
    expect(planned(4200).strategies.map(({ type }) => type)).toContain('agent_response_time')
  })
})
