import { expect, test } from 'vitest'
import { planSuspension } from '../../../src/analysis/trials/suspension.ts'

const window = { until: 1 }

test.each([
  ['suspends a trial', false, window, 'suspend', 'suspend'],
  ['keeps a suspended trial as it is', true, window, 'suspend', 'stay'],
  ['lets a trial run on if the configuration says so', false, window, 'continue', 'observe'],
])('an open freeze window %s', (_, isSuspended, freeze, duringFreeze, next) => {
  expect(planSuspension({ isSuspended, freeze, duringFreeze: duringFreeze as 'suspend' | 'continue' })).toBe(next)
})

test('a suspended trial is resumed after the window', () => {
  expect(planSuspension({ isSuspended: true, freeze: undefined, duringFreeze: 'suspend' })).toBe('resume')
})

test('limits that cannot be read neither end a suspension nor start one', () => {
  expect(planSuspension({ isSuspended: true, freeze: 'unknown', duringFreeze: 'suspend' })).toBe('stay')
  expect(planSuspension({ isSuspended: false, freeze: 'unknown', duringFreeze: 'suspend' })).toBe('observe')
})
