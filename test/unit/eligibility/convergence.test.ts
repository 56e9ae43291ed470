import { describe, expect, test } from 'vitest'
import { findBackoffEnd, findTrialsSinceGain } from '../../../src/analysis/eligibility/convergence.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { eligibilityRecord } from '../../support/eligibility.ts'
import { planFor } from '../../support/planning.ts'
import { agentProfile, knob, now, snapshot, trialRecord } from '../../support/profiles.ts'

const minute = 60_000
/** The newest a minute ago, the others ten minutes apart. */
const vain = (count: number, known: Partial<FinishedTrial> = {}) =>
  Array.from({ length: count }, (_, i) =>
    trialRecord({ agentId: 'a', kind: 'a', verdict: 'undecided', improvement: 0, at: now - minute - i * 10 * minute, ...known }),
  )
const cooldownMinutes = (trials: FinishedTrial[], shiftedAt?: number) => {
  const until = findBackoffEnd(findTrialsSinceGain(trials, shiftedAt), now)
  return until === undefined ? 0 : (until - (now - minute)) / minute
}

describe('an agent on which trials bring no gain', () => {
  test('is left alone longer and longer, for a day at most', () => {
    expect([0, 7, 8, 9, 10, 11].map((count) => cooldownMinutes(vain(count)))).toEqual([0, 0, 20, 40, 80, 160])
    expect(cooldownMinutes(vain(40))).toBe(24 * 60)
  })

  test('is tried again after the pause', () => {
    expect(findBackoffEnd(vain(8), now + 20 * minute)).toBeUndefined()
  })

  test('starts over with every gain, and with a shift of its metrics', () => {
    expect(cooldownMinutes([...vain(12), trialRecord({ verdict: 'keep', at: now - 30 * minute })])).toBe(0)
    expect(cooldownMinutes(vain(12), now - 30 * minute)).toBe(0)
    expect(cooldownMinutes(vain(12), now - 600 * minute)).toBe(320)
  })

  test('is not left alone because of trials that people requested', () => {
    expect(cooldownMinutes(vain(12, { type: 'operator_request' }))).toBe(0)
  })
})

describe('in the plan of a cycle', () => {
  const slow = (responseTime: number) => snapshot([agentProfile('a', { responseTime })], {}, now)
  const calm = Array.from({ length: 40 }, (_, i) => ({
    at: now - (40 - i) * 10 * minute,
    value: 2500 * Math.exp(0.05 * Math.sin(i * 7)),
  }))
  const planned = (responseTime: number) =>
    planFor(slow(responseTime), { experience: vain(10, { metric: 'responseTime' }), history: { a: { responseTime: calm } } })

  test('if others of the kind are well explored, changes that are not expected to help are tried only twice', () => {
    const shade = knob({
      name: 'shade',
      type: 'enum',
      values: ['grey', 'black', 'white'],
      default: 'grey',
      purpose: 'computation',
      affects: [{ metric: 'responseTime', improves: 'unknown' }],
    })
    const planAfter = (trials: number, others = 12) => {
      const metric = 'successRate'
      const experience = [...vain(trials, { metric }), ...vain(others, { metric, agentId: 'b' })]
      return planFor(slow(2510), { knobs: { a: [shade] }, experience, history: { a: { responseTime: calm } } })
    }
    expect(planAfter(1).strategies).toHaveLength(1)
    expect(planAfter(2).strategies).toEqual([])
    expect(planAfter(2, 11).strategies).toHaveLength(1)
    expect(planAfter(2).skipped[0]!.reason).toBe('no change left to try on a is expected to help')
  })

  test('a converged agent is left alone, with the reason', () => {
    const { strategies, skipped } = planned(2510)
    expect(strategies).toEqual([])
    expect(skipped[0]!.reason).toMatch(
      /^the last \d+ trials on a brought no gain; it is in cooldown until 20\d\d-.*, or until its metrics shift; npx optimizer release a lifts this restriction$/,
    )
  })

  test('trials for another objective do not count', () => {
    const objective = objectiveSchema.parse({ minimize: 'responseTime' })
    const planned = (known: Partial<FinishedTrial>) =>
      planFor(slow(2510), {
        experience: vain(10, { metric: 'responseTime', ...known }),
        history: { a: { responseTime: calm } },
        eligibility: eligibilityRecord({ objectives: [objective] }),
      })
    expect(
      planned({ objective })
        .skipped.map(({ reason }) => reason)
        .join(),
    ).toContain('the last 10 trials on a brought no gain')
    expect(planned({ objective }).strategies).toEqual([])
    expect(planned({ objective: objectiveSchema.parse({ minimize: 'costUsd' }) }).strategies).toHaveLength(1)
    expect(planned({}).strategies).toHaveLength(1)
  })

  test('it is tried at once when its metrics shift', () => {
    expect(planned(4200).strategies.map(({ type }) => type)).toContain('agent_response_time')
  })
})
