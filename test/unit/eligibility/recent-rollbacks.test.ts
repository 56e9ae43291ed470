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

describe('a kept change that a person undid', () => {
  const undone = putBack({ verdict: 'keep', at: now - 5 * 24 * 3_600_000, undoneAt: now - 60_000 })

  test('is not tried again in part for a day from then on', () => {
    expect(findKnobRolledBack([change('sources', 5)], undone, now)).toBe('sources')
    expect(findKnobRolledBack([change('sources', 5)], undone, now + 24 * 3_600_000)).toBeUndefined()
  })

  test('may be tried again once its knobs are released', () => {
    const released = (knob: string | null) => [{ knob, at: now - 30_000 }]
    expect(findKnobRolledBack([change('sources', 5)], undone, now, released('sources'))).toBeUndefined()
    expect(findKnobRolledBack(changes, undone, now, released('sources'))).toBe('weighting')
    expect(findKnobRolledBack(changes, undone, now, released(null))).toBeUndefined()
    expect(findKnobRolledBack(changes, putBack(), now, released('sources'))).toBeUndefined()
    expect(findKnobRolledBack(changes, putBack(), now, released('retries'))).toBe('sources')
  })
})

test('a kept change that did harm later is not tried again in part or further for a day, whatever its trial showed', () => {
  const harmful = putBack({ at: now - 10 * 60_000, undoneAt: now - 60_000 })
  expect(findKnobRolledBack([change('sources', 5), change('weighting', 'reliability')], harmful, now)).toBe('sources')
  expect(findKnobRolledBack([change('sources', 7)], harmful, now)).toBeUndefined()
})
