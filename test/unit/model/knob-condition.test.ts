import { describe, expect, test } from 'vitest'
import { type Knob, knobSchema, validateKnobValue } from '../../../src/model/knob.ts'
import {
  describeInactiveKnob,
  findDeactivatingKnob,
  includeControllingKnobs,
  keepSatisfiableConditions,
} from '../../../src/model/knob-condition.ts'
import { describeUnusableCondition } from '../../../src/model/knob-declaration.ts'
import { intKnob } from '../../support/store.ts'

const hedge = knobSchema.parse({ type: 'bool', name: 'hedge', purpose: 'parallelism', default: false })
const pool = intKnob('pool')
const after = intKnob('after', { activeWhen: { hedge: [true], pool: { min: 3 } } })
const retries = intKnob('retries', { activeWhen: { after: { min: 2 } } })
const knobs: Knob[] = [hedge, pool, after, retries]

test.each([
  [{ hedge: true, pool: 3, after: 2 }, undefined, undefined],
  [{ hedge: false, pool: 3, after: 2 }, 'not used while hedge is false', 'not used while hedge is false'],
  [{ hedge: true, pool: 2, after: 2 }, 'not used while pool is 2', 'not used while pool is 2'],
  [{ hedge: true, pool: 3, after: 1 }, undefined, 'not used while after is 1'],
])('with %o, a knob has an effect only if all that it depends on has one', (values, ofAfter, ofRetries) => {
  const reason = (knob: Knob) => {
    const cause = findDeactivatingKnob(knob, knobs, values)
    return cause && describeInactiveKnob(cause, values)
  }
  expect([reason(after), reason(retries)]).toEqual([ofAfter, ofRetries])
})

describe('a condition is refused', () => {
  test.each([
    ['on a knob that is not declared', [after, hedge], 'after depends on pool, which is not a knob'],
    ['on a value that is not allowed', [intKnob('a', { activeWhen: { hedge: [1] } }), hedge], 'a can never be active'],
    ['on a range beyond the bounds', [intKnob('a', { activeWhen: { pool: { min: 11 } } }), pool], 'a can never be active'],
    ['on a range between whole numbers', [intKnob('a', { activeWhen: { pool: { min: 2.2, max: 2.8 } } }), pool], 'whole number'],
    [
      'on some value that is not allowed',
      [intKnob('a', { activeWhen: { pool: [3, 99] } }), pool],
      'a depends on an impossible condition',
    ],
    ['on a range of something else', [intKnob('a', { activeWhen: { hedge: { min: 1 } } }), hedge], 'hedge is not numeric'],
    ['in a circle', [intKnob('a', { activeWhen: { b: [1] } }), intKnob('b', { activeWhen: { a: [1] } })], 'a depends on itself'],
  ])('%s', (_, declared, reason) => {
    expect(describeUnusableCondition(declared)).toContain(reason)
  })
  test('without a value', () => {
    expect(knobSchema.safeParse({ ...pool, activeWhen: { hedge: [] } }).success).toBe(false)
    expect(knobSchema.safeParse({ ...pool, activeWhen: { hedge: {} } }).success).toBe(false)
  })
  test('but a sound one is accepted', () => {
    expect(describeUnusableCondition(knobs)).toBeUndefined()
  })
})

test('of a condition, what the other knob can be is kept: releases that run at once may differ', () => {
  const soundOf = (activeWhen: Knob['activeWhen']) =>
    keepSatisfiableConditions([intKnob('a', { activeWhen }), hedge, pool], validateKnobValue)[0]!.activeWhen
  expect(soundOf({ pool: [3, 99], hedge: [true] })).toEqual({ pool: [3], hedge: [true] })
  expect(soundOf({ pool: { min: 2.2, max: 2.8 }, hedge: [true] })).toEqual({ hedge: [true] })
  expect(soundOf({ pool: { min: 3, max: 99 } })).toEqual({ pool: { min: 3, max: 99 } })
  expect(soundOf({ gone: [1], pool: [99] })).toBeUndefined()
})

test('the knobs that decide whether others have an effect are found through each other', () => {
  expect(includeControllingKnobs([retries], [...knobs, intKnob('other')])).toEqual(knobs)
  expect(includeControllingKnobs([pool], knobs)).toEqual([pool])
})
