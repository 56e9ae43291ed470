import { describe, expect, test } from 'vitest'
import {
  countUnprovenInstances,
  groupConfirmations,
  type InstanceState,
  selectAwaitedInstances,
} from '../../../src/analysis/trials/awaited-instances.ts'

const before = { pool: 4 }
const tried = { pool: 8 }
/** Version 1 is the one before, 2 the one that is tried, 3 has the content of 1 again. */
const valuesByVersion = new Map([
  [1, before],
  [2, tried],
  [3, before],
])
const instance = (instanceId: string, assigned: number, effective: number | null, known: Partial<InstanceState> = {}) => ({
  instanceId,
  liveness: 'live' as const,
  assignedVersion: assigned,
  effectiveVersion: effective,
  drift: null,
  ...known,
})
const awaited = (...instances: InstanceState[]) => selectAwaitedInstances(instances, before, valuesByVersion)

describe('a configuration that is restored', () => {
  test('is confirmed by those that were given the values of the trial, not by the control', () => {
    expect(awaited(instance('candidate', 2, 2), instance('control', 1, 1), instance('equal', 3, 3))).toEqual(['candidate'])
  })

  test('is confirmed by those that have not reported what they should run with', () => {
    expect(awaited(instance('late', 2, 1))).toEqual(['late'])
    expect(awaited(instance('not yet back', 1, 2))).toEqual(['not yet back'])
    expect(awaited(instance('new', 1, null))).toEqual(['new'])
  })

  test('is not confirmed by those that are gone', () => {
    expect(awaited(instance('gone', 2, 2, { liveness: 'gone' }), instance('silent', 2, 2, { liveness: 'silent' }))).toEqual([
      'silent',
    ])
  })

  test('of which nothing is known is confirmed by all', () => {
    expect(selectAwaitedInstances([instance('control', 1, 1)], before, new Map())).toEqual(['control'])
  })
})

describe('the wait', () => {
  const delivery = { version: 3, values: before }
  const ids = (instances: InstanceState[]) => instances.map(({ instanceId }) => instanceId)
  const sort = (instances: InstanceState[], of: string[] | null) => {
    const { confirmed, pending, gone } = groupConfirmations(instances, of, delivery)
    return [ids(confirmed), ids(pending), ids(gone)]
  }

  test('is for the awaited only, until each confirms or is gone', () => {
    const instances = [
      instance('a', 3, 3),
      instance('b', 3, 2),
      instance('c', 3, 2, { liveness: 'silent' }),
      instance('d', 3, 2, { liveness: 'gone' }),
      instance('e', 3, 3, { liveness: 'gone' }),
      instance('later', 3, null),
    ]
    expect(sort(instances, ['a', 'b', 'c', 'd', 'e'])).toEqual([['a', 'e'], ['b', 'c'], ['d']])
    expect(sort(instances, [])).toEqual([[], [], []])
    expect(sort(instances, null)).toEqual([['a', 'e'], ['b', 'c', 'later'], ['d']])
  })

  test('goes on for one that reports other values under the version', () => {
    expect(sort([instance('a', 3, 3, { drift: [{ knob: 'pool', expected: 1, actual: 2 }] })], null)).toEqual([[], ['a'], []])
  })
})

describe('unproven values', () => {
  const trial = { candidateInstances: ['a'], widenedInstances: ['b'], candidateVersion: 2 }
  const count = (...instances: InstanceState[]) => countUnprovenInstances(trial, instances)

  test('are those of the instances that were given them and are not gone', () => {
    expect(count(instance('a', 2, 2), instance('b', 2, 1), instance('c', 1, 1))).toBe(2)
    expect(count(instance('a', 2, 2, { liveness: 'gone' }), instance('b', 2, 2, { liveness: 'silent' }))).toBe(1)
    expect(count()).toBe(0)
  })

  test('are counted until an instance reports another version that it should run with', () => {
    expect(count(instance('a', 3, 2), instance('b', 3, 3))).toBe(1)
  })
})
