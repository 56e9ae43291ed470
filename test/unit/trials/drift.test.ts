import { expect, test } from 'vitest'
import { findDriftProblem } from '../../../src/analysis/trials/drifted-arm.ts'
import { describeDrift, findDrift } from '../../../src/model/drift.ts'

test('drift is every knob that does not have the expected value, and nothing else', () => {
  const expected = { pool: 16, cache: true, order: ['a', 'b'], ttl: 5 }
  const drift = findDrift(expected, { pool: 4, cache: true, order: ['b', 'a'], extra: 1 })
  expect(drift).toEqual([
    { knob: 'pool', expected: 16, actual: 4 },
    { knob: 'order', expected: ['a', 'b'], actual: ['b', 'a'] },
    { knob: 'ttl', expected: 5, actual: undefined },
  ])
  expect(describeDrift(drift)).toBe('pool 4 instead of 16, order b > a instead of a > b, ttl unknown instead of 5')
  expect(findDrift(expected, { ...expected, extra: 1 })).toEqual([])
})

test('a trial cannot be judged once all live instances of an arm drift', () => {
  const drifting = ['a', 'b'].map((instanceId) => ({ instanceId, drift: [{ knob: 'pool', expected: 16, actual: 4 }] }))
  expect(findDriftProblem({ control: ['a', 'c'], candidate: ['d'] }, drifting)).toBeUndefined()
  expect(findDriftProblem({ control: [], candidate: ['d'] }, drifting)).toBeUndefined()
  expect(findDriftProblem({ control: ['a', 'b'], candidate: ['d'] }, drifting)).toBe(
    'every control instance has drifted from its version: a has pool 4 instead of 16; b has pool 4 instead of 16',
  )
  expect(findDriftProblem({ control: ['d'], candidate: ['b'] }, drifting)).toMatch(/^every candidate instance has drifted/)
})
