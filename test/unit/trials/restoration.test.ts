import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { computeRestoration, computeRewind } from '../../../src/analysis/trials/restoration.ts'
import type { Declaration } from '../../../src/model/declaration.ts'
import type { Knob, KnobValues } from '../../../src/model/knob.ts'
import { knob } from '../../support/profiles.ts'

const integer = (name: string, max = 100) => knob({ name, type: 'int', min: 0, max, default: 0, purpose: 'caching' })
const knobs = ['pool', 'ttl', 'fresh', 'a', 'b', 'c', 'd'].map((name) => integer(name))
const declaring = (declared: Knob[], instances = 1): Declaration => ({ knobs: declared, instances })
const declarations = [declaring(knobs)]
const undo = (baseline: KnobValues, candidate: KnobValues, current: KnobValues) =>
  computeRestoration({ declarations, baseline, candidate, current })

describe('undoing a trial', () => {
  test('a change that nobody has touched since is restored exactly', () => {
    const order = knob({ name: 'order', type: 'order', values: ['x', 'y'], default: ['x', 'y'], purpose: 'caching' })
    const baseline = { pool: 1, order: ['x', 'y'], ttl: 0 }
    const candidate = { pool: 4, order: ['y', 'x'], ttl: 0 }
    for (const current of [candidate, baseline])
      expect(computeRestoration({ declarations: [declaring([...knobs, order])], baseline, candidate, current })).toEqual({
        values: baseline,
        issues: [],
      })
  })

  test("an operator's edit of the same knob stays and is mentioned; the trial's other knobs are restored", () => {
    expect(undo({ pool: 1, ttl: 0 }, { pool: 4, ttl: 60 }, { pool: 8, ttl: 60 })).toEqual({
      values: { pool: 8, ttl: 0 },
      issues: ['someone else has since changed pool, so it stays as it is'],
    })
  })

  test('a knob that a person has set since stays, even if its value is the trial’s', () => {
    const known = { declarations, baseline: { pool: 1, ttl: 0 }, candidate: { pool: 4, ttl: 60 }, current: { pool: 4, ttl: 60 } }
    expect(computeRestoration({ ...known, decided: new Set(['pool']) })).toEqual({
      values: { pool: 4, ttl: 0 },
      issues: ['someone else has since changed pool, so it stays as it is'],
    })
  })

  test('a knob that was added after the trial keeps its value, and one that was removed stays removed', () => {
    expect(undo({ a: 1, gone: 5 }, { a: 2, gone: 6 }, { a: 2, fresh: 9 }).values).toEqual({ a: 1, fresh: 9 })
  })

  test('a value that the knob no longer accepts is not restored, and the reason is given', () => {
    const narrowed = declaring([integer('pool', 10)])
    const trial = { baseline: { pool: 12 }, candidate: { pool: 8 }, current: { pool: 8 } }
    expect(computeRestoration({ ...trial, declarations: [narrowed] })).toEqual({
      values: { pool: 8 },
      issues: ['pool stays as it is: pool must be from 0 to 10, not 12'],
    })
    expect(computeRestoration({ ...trial, declarations: [narrowed, ...declarations] }).values).toEqual({ pool: 12 })
  })

  test('a knob that no instance declares any more goes back too, for the release that declares it again', () => {
    const trial = { baseline: { pool: 12 }, candidate: { pool: 8 }, current: { pool: 8 } }
    expect(computeRestoration({ ...trial, declarations: [] })).toEqual({ values: { pool: 12 }, issues: [] })
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
    expect(computeRewind({ declarations: [declaring(knobs.slice(0, 2))], wanted, current: { pool: 8, ttl: 9 } })).toEqual({
      values: wanted,
      issues: [],
    })
  })

  test('says which knobs have changed since and could not be restored', () => {
    const declared = [declaring([integer('pool', 10), integer('fresh'), integer('ttl')])]
    const current = { pool: 8, fresh: 5, ttl: 9, rest: 1 }
    expect(computeRewind({ declarations: declared, current, wanted: { pool: 12, ttl: 0, gone: 3, rest: 2 } })).toEqual({
      values: { pool: 8, fresh: 5, ttl: 0, rest: 2 },
      issues: [
        'pool stays as it is: pool must be from 0 to 10, not 12',
        'gone is no longer a knob, so it cannot be restored',
        'no instance declares rest now; an instance that declares it later gets the restored value',
        'fresh was not a knob then and stays as it is',
      ],
    })
  })
})
