import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clampToLimits, describeKnobLimitViolation } from '../../../src/analysis/eligibility/knob-limits.ts'
import { type KnobValue, validateKnobValue } from '../../../src/model/knob.ts'
import { type Limits, limitsSchema, noLimits } from '../../../src/model/limits.ts'
import { knob } from '../../support/profiles.ts'

const pool = knob({ name: 'pool', type: 'int', min: 0, max: 100, default: 10, purpose: 'parallelism' })
const ttl = knob({ name: 'ttl', type: 'float', min: 1, max: 10_000, default: 10, scale: 'log', purpose: 'caching' })
const batching = knob({ name: 'batching', type: 'bool', default: false, purpose: 'protocol' })

const hunter = { agentId: 'hunter', kind: 'market-hunter' }
const limits = (input: object): Limits => limitsSchema.parse(input)
const turn = (to: KnobValue, from: KnobValue = 10, turned = pool) => ({ ...hunter, knob: turned, from, to })

describe('a knob that must not be touched', () => {
  test.each([
    [{ agent: 'hunter', knob: 'pool' }, true],
    [{ kind: 'market-hunter', knob: 'pool' }, true],
    [{ knob: 'pool' }, true],
    [{ agent: 'hunter' }, true],
    [{ agent: 'hunter', kind: 'other' }, false],
    [{ agent: 'other', knob: 'pool' }, false],
    [{ agent: 'hunter', knob: 'ttl' }, false],
  ])('by %j: %s', (rule, isForbidden) => {
    const never = limits({ neverTouch: [rule] })
    expect(describeKnobLimitViolation(never, turn(11)) !== undefined).toBe(isForbidden)
    expect(clampToLimits(never, turn(11))).toBe(isForbidden ? undefined : 11)
  })
})

describe('the largest step', () => {
  test('is a share of the range between the bounds', () => {
    const tenth = limits({ maxSteps: [{ share: 0.1 }] })
    expect(describeKnobLimitViolation(tenth, turn(20))).toBeUndefined()
    expect(describeKnobLimitViolation(tenth, turn(0))).toBeUndefined()
    expect(describeKnobLimitViolation(tenth, turn(21))).toBe("10 → 21 is a step of 11% of the knob's range; the limit is 10%")
  })

  test('is measured on the scale of the knob', () => {
    const quarter = limits({ maxSteps: [{ knob: 'ttl', share: 0.25 }] })
    expect(describeKnobLimitViolation(quarter, turn(100, 10, ttl))).toBeUndefined()
    expect(describeKnobLimitViolation(quarter, turn(101, 10, ttl))).toContain('the limit is 25%')
    expect(describeKnobLimitViolation(quarter, turn(1, 10, ttl))).toBeUndefined()
  })

  test('is the smallest of those that match', () => {
    const both = limits({ maxSteps: [{ share: 0.5 }, { agent: 'hunter', share: 0.1 }, { agent: 'other', share: 0.01 }] })
    expect(describeKnobLimitViolation(both, turn(20))).toBeUndefined()
    expect(describeKnobLimitViolation(both, turn(30))).toContain('the limit is 10%')
  })

  test('does not limit values that have no distance', () => {
    expect(describeKnobLimitViolation(limits({ maxSteps: [{ share: 0.01 }] }), turn(true, false, batching))).toBeUndefined()
  })

  test('shortens a proposed change instead of refusing it, if a step is left', () => {
    expect(clampToLimits(limits({ maxSteps: [{ share: 0.1 }] }), turn(90))).toBe(20)
    expect(clampToLimits(limits({ maxSteps: [{ share: 0.055 }] }), turn(0))).toBe(5)
    expect(clampToLimits(limits({ maxSteps: [{ share: 0.005 }] }), turn(90))).toBeUndefined()
  })

  test('holds in a narrow range far from 0, where a rounded value would go too far', () => {
    const [min, max] = [123_456.7890123, 123_456.7900123]
    const narrow = knob({ name: 'narrow', type: 'float', min, max, default: min, purpose: 'caching' })
    const tenth = limits({ maxSteps: [{ share: 0.1 }] })
    for (const from of [min, 123_456.7891234, 123_456.7894567, max])
      for (const wish of [min, max]) {
        const to = clampToLimits(tenth, turn(wish, from, narrow))
        if (to !== undefined) expect(describeKnobLimitViolation(tenth, turn(to, from, narrow))).toBeUndefined()
      }
  })

  test('the allowed value is never forbidden, within bounds, and in the desired direction', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true })
    const known = fc.constantFrom(pool, ttl)
    const value = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(share, known, value, value, (share, turned, from, wish) => {
        const rule = limits({ maxSteps: [{ share }] })
        const to = clampToLimits(rule, turn(wish, from, turned))
        if (to === undefined || wish === from) return
        expect(describeKnobLimitViolation(rule, turn(to, from, turned))).toBeUndefined()
        expect(validateKnobValue(turned, to)).toBeUndefined()
        expect(Math.abs(Number(to) - from)).toBeLessThanOrEqual(Math.abs(wish - from))
        expect(Math.sign(Number(to) - from)).toBe(Math.sign(wish - from))
      }),
    )
  })
})

test('without limits everything within the bounds can be tried', () => {
  expect(describeKnobLimitViolation(noLimits, turn(100, 0))).toBeUndefined()
  expect(clampToLimits(noLimits, turn(100, 0))).toBe(100)
})
