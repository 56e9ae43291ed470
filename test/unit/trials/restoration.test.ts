import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { computeRestoration, computeRewind } from '../../../src/analysis/trials/restoration.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { knob } from '../../support/profiles.ts'

const integer = (name: string, max = 100) => knob({ name, type: 'int', min: 0, max, default: 0, purpose: 'caching' })
const knobs = ['pool', 'ttl', 'fresh', 'a', 'b', 'c', 'd'].map((name) => integer(name))
const undo = (baseline: KnobValues, candidate: KnobValues, current: KnobValues) =>
  computeRestoration({ knobs, baseline, candidate, current })

describe('undoing a trial', () => {
  test('a change that nobody has touched since is restored exactly', () => {
    const order = knob({ name: 'order', type: 'order', values: ['x', 'y'], default: ['x', 'y'], purpose: 'caching' })
    const baseline = { pool: 1, order: ['x', 'y'], ttl: 0 }
    const candidate = { pool: 4, order: ['y', 'x'], ttl: 0 }
    for (const current of [candidate, baseline])
      expect(computeRestoration({ knobs: [...knobs, order], baseline, candidate, current })).toEqual({
        values: baseline,
        issues: [],
      })
  })

  test("an operator's edit of the same knob stays and is mentioned; the trial's other knobs are restored", () => {
    expect(undo({ pool: 1, ttl: 0 }, { pool: 4, ttl: 60 }, { pool: 8, ttl: 60 })).toEqual({
      values: { pool: 8, ttl: 0 },
      issues: ['pool has since been changed by someone else and stays as it is'],
    })
  })

  test('a knob that a person has set since stays, even if its value is the trial’s', () => {
    const known = { knobs, baseline: { pool: 1, ttl: 0 }, candidate: { pool: 4, ttl: 60 }, current: { pool: 4, ttl: 60 } }
    expect(computeRestoration({ ...known, decided: new Set(['pool']) })).toEqual({
      values: { pool: 4, ttl: 0 },
      issues: ['pool has since been changed by someone else and stays as it is'],
    })
  })

  test('a knob that was added after the trial keeps its value, and one that was removed stays removed', () => {
    expect(undo({ a: 1, gone: 5 }, { a: 2, gone: 6 }, { a: 2, fresh: 9 }).values).toEqual({ a: 1, fresh: 9 })
  })

  test('a value that the knob no longer accepts is not restored, and the reason is given', () => {
    const narrowed = { knobs: [integer('pool', 10)], baseline: { pool: 12 }, candidate: { pool: 8 }, current: { pool: 8 } }
    expect(computeRestoration(narrowed)).toEqual({
      values: { pool: 8 },
      issues: ['pool stays as it is: pool must be from 0 to 10, not 12'],
    })
  })

  test('exactly the knobs that the trial changed and nobody has touched since are restored', () => {
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 3 }))
    fc.assert(
      fc.property(values, values, values, (baseline, candidate, current) => {
        const restored = undo(baseline, candidate, current).values
        expect(Object.keys(restored)).toEqual(Object.keys(current))
        for (const [name, value] of Object.entries(current)) {
          const ours = name in baseline && value === candidate[name]
          expect(restored[name]).toBe(ours ? baseline[name] : value)
        }
      }),
    )
  })
})

describe('restoring a whole configuration', () => {
  test('sets every knob to its earlier value, whoever has set it since', () => {
    const wanted = { pool: 1, ttl: 2 }
    expect(computeRewind({ knobs: knobs.slice(0, 2), wanted, current: { pool: 8, ttl: 9 } })).toEqual({
      values: wanted,
      issues: [],
    })
  })

  test('says which knobs have changed since and could not be restored', () => {
    const now = { knobs: [integer('pool', 10), integer('fresh'), integer('ttl')], current: { pool: 8, fresh: 5, ttl: 9 } }
    expect(computeRewind({ ...now, wanted: { pool: 12, ttl: 0, gone: 3 } })).toEqual({
      values: { pool: 8, fresh: 5, ttl: 0 },
      issues: [
        'gone is no longer a knob, so it cannot be restored',
        'pool stays as it is: pool must be from 0 to 10, not 12',
        'fresh was not a knob then and stays as it is',
      ],
    })
  })
})
