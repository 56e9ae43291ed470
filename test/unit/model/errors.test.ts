import { expect, test } from 'vitest'
import { describeError } from '../../../src/model/errors.ts'

test('the failure of several attempts, which has no message of its own, is that of each', () => {
  const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:5432`))
  expect(describeError(new AggregateError(refused))).toBe('connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432')
})
