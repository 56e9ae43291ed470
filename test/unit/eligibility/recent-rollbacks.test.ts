import { describe, expect, test } from 'vitest'
import { findRecentRollback } from '../../../src/analysis/eligibility/recent-rollbacks.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import { now, trialRecord } from '../../support/profiles.ts'

const changes = [
  { knob: 'sources', from: 8, to: 6 },
  { knob: 'weighting', from: 'equal', to: 'reliability' },
]
const putBack = (known: Partial<FinishedTrial> = {}) => [
  trialRecord({ changes, verdict: 'roll-back', at: now - 60_000, ...known }),
]
const change = (knob: string, to: number | string) => ({ knob, from: knob === 'sources' ? 8 : 'equal', to })
const more = change('retries', 2)

const findKnobRolledBack = (...asked: Parameters<typeof findRecentRollback>) => findRecentRollback(...asked)?.knob

describe('a change that the judge rolled back', () => {
  test('is not tried again for a day, but parts of it can be', () => {
    expect(findKnobRolledBack(changes, putBack(), now)).toBe('sources')
    expect(findKnobRolledBack([change('sources', 6)], putBack(), now)).toBeUndefined()
    expect(findKnobRolledBack(changes, putBack({ at: now - 24 * 3_600_000 }), now)).toBeUndefined()
  })
})

describe('a change that a person rolled back', () => {
  const taken = putBack({ unjudged: true })

  test('is not tried again in part, with others or further in the same direction', () => {
    expect(findKnobRolledBack([more, change('weighting', 'reliability')], taken, now)).toBe('weighting')
    expect(findKnobRolledBack([more, change('sources', 5)], taken, now)).toBe('sources')
  })

  test('does not rule out a smaller step, the other direction and other values', () => {
    expect(findKnobRolledBack([change('sources', 7), change('weighting', 'priority')], taken, now)).toBeUndefined()
    expect(findKnobRolledBack([change('sources', 9)], taken, now)).toBeUndefined()
    expect(findKnobRolledBack(changes, putBack({ unjudged: true, verdict: 'undecided' }), now)).toBeUndefined()
  })
})
