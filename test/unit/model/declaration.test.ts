import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  completeValues,
  type Declaration,
  describeInconsistentKnob,
  fitValues,
  mergeKnobs,
} from '../../../src/model/declaration.ts'
import { type Knob, type KnobInput, knobSchema, validateKnobValue } from '../../../src/model/knob.ts'
import { arbitraryKnobs } from '../../support/arbitrary-knobs.ts'
import { intKnob } from '../../support/store.ts'

const declared = (instances: number, ...knobs: Knob[]): Declaration => ({ instances, knobs })
const enumKnob = (name: string, values: string[], known: Partial<KnobInput> = {}) =>
  knobSchema.parse({ name, type: 'enum', values, default: values[0], purpose: 'caching', ...known })

describe('the knobs of an agent with several releases', () => {
  test('are the union, with the bounds that all allow, the highest risk and otherwise as the newest release says', () => {
    const newer = declared(1, intKnob('pool', { min: 1, max: 8, default: 8, description: 'new' }), intKnob('batch'))
    const older = declared(2, intKnob('pool', { min: 4, max: 20, default: 5, risk: 'high' }), intKnob('gone'))
    const [pool, ...others] = mergeKnobs([newer, older])
    expect(pool).toMatchObject({ min: 4, max: 8, default: 8, risk: 'high', description: 'new' })
    expect(others.map(({ name }) => name)).toEqual(['batch', 'gone'])
  })

  test('keep a default within the common bounds', () => {
    const merged = mergeKnobs([
      declared(1, intKnob('pool', { max: 8, default: 1 })),
      declared(1, intKnob('pool', { min: 4, default: 4 })),
    ])
    expect(merged).toMatchObject([{ min: 4, max: 8, default: 4 }])
    const modes = mergeKnobs([declared(1, enumKnob('mode', ['c', 'a', 'b'])), declared(1, enumKnob('mode', ['a', 'b']))])
    expect(modes).toMatchObject([{ values: ['a', 'b'], default: 'a' }])
  })

  test('are those of the newest release where they cannot be combined', () => {
    const newer = declared(1, enumKnob('pool', ['small', 'large']))
    expect(mergeKnobs([newer, declared(1, intKnob('pool'))])).toEqual(newer.knobs)
    const far = declared(1, intKnob('pool', { min: 20, max: 30, default: 20 }))
    expect(mergeKnobs([far, declared(1, intKnob('pool'))])).toEqual(far.knobs)
  })

  test('are valid declarations themselves', () => {
    fc.assert(
      fc.property(arbitraryKnobs, arbitraryKnobs, (newer, older) => {
        for (const knob of mergeKnobs([declared(1, ...newer), declared(1, ...older)]))
          expect(validateKnobValue(knob, knob.default)).toBeUndefined()
      }),
    )
  })
})

test('an instance gets the values of its own knobs: the closest number it allows, or its default', () => {
  const knobs = [intKnob('pool', { max: 8 }), enumKnob('mode', ['a', 'b']), intKnob('fresh', { default: 3 })]
  expect(fitValues(knobs, { pool: 50, mode: 'c', other: 1 })).toEqual({ pool: 8, mode: 'a', fresh: 3 })
  expect(fitValues(knobs, { pool: 4, mode: 'b', fresh: 2 })).toEqual({ pool: 4, mode: 'b', fresh: 2 })
  expect(fitValues([intKnob('pool')], { pool: 2.6 })).toEqual({ pool: 3 })
  expect(fitValues([intKnob('pool')], { pool: true })).toEqual({ pool: 2 })
})

describe('a configuration', () => {
  const [wide, narrow] = [declared(2, intKnob('pool', { max: 64 })), declared(1, intKnob('pool', { max: 8 }), intKnob('batch'))]

  test('keeps a value that some release allows, and those of knobs that none declares', () => {
    expect(completeValues([narrow, wide], { pool: 50, gone: 7 })).toEqual({ pool: 50, gone: 7, batch: 2 })
  })

  test('loses only a value that no release allows', () => {
    expect(completeValues([narrow], { pool: 50, batch: 1 })).toEqual({ pool: 8, batch: 1 })
  })
})

describe('a knob is not tried', () => {
  const reason = (declarations: Declaration[], value: number | string = 2) =>
    describeInconsistentKnob('hunter', declarations, 'pool', value)
  const pool = intKnob('pool')

  test.each<[string, Declaration[], string]>([
    ['only some instances declare it', [declared(2, pool), declared(1)], 'pool is declared by 2 of 3 instances'],
    [
      'releases declare it with different types',
      [declared(2, pool), declared(1, enumKnob('pool', ['a', 'b']))],
      'they declare pool with different types',
    ],
    [
      'they allow no common values',
      [declared(2, pool), declared(1, intKnob('pool', { min: 20, max: 30, default: 20 }))],
      'they allow no common values of pool',
    ],
    [
      'some do not allow the value in force',
      [declared(2, pool), declared(1, intKnob('pool', { min: 3, max: 8, default: 3 }))],
      '1 of 3 instances do not allow pool to be 2',
    ],
    [
      'it is used under different conditions',
      [declared(2, intKnob('pool', { activeWhen: { on: [true] } })), declared(1, pool)],
      'they declare different conditions under which pool is used',
    ],
  ])('where %s', (_where, declarations, difference) => {
    expect(reason(declarations)).toBe(`hunter runs 2 releases with different knobs; ${difference}`)
  })

  test('for no other reason', () => {
    expect(reason([declared(3, pool)])).toBeUndefined()
    expect(reason([declared(3, pool), declared(1, { ...pool, description: 'as before' }, intKnob('other'))])).toBeUndefined()
    const conditions = { on: [true], size: { min: 2 } }
    const sameConditions = { size: { min: 2 }, on: [true] }
    const conditional = (activeWhen: Knob['activeWhen']) => declared(1, intKnob('pool', { activeWhen }))
    expect(reason([conditional(conditions), conditional(sameConditions)])).toBeUndefined()
    expect(reason([declared(3, intKnob('other')), declared(1, intKnob('other', { max: 5 }))])).toBeUndefined()
  })
})
