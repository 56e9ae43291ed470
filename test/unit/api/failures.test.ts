import { ServiceError } from '@temporalio/client'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logFailure, toFailureResponse } from '../../../src/api/gateway/failure-response.ts'
import { toTemporalRefusalError } from '../../../src/temporal/errors.ts'

test('a defect is logged as an error with its stack; a database that is away is a warning', () => {
  const lines: unknown[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) })
  logFailure(log, new TypeError('x is undefined'))
  logFailure(log, new Error('connection refused'))
  expect(lines).toEqual([
    {
      level: 50,
      msg: 'a request failed because of a bug',
      err: expect.objectContaining({ stack: expect.stringContaining('failures.test.ts') }),
    },
    { level: 40, msg: 'a request could not be served', error: 'Error: connection refused' },
  ])
})

test('only a lost connection is blamed on the database', () => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  expect(toFailureResponse(lost)).toMatchObject({
    status: 503,
    body: { error: { message: expect.stringContaining('database') } },
  })
  const other = toFailureResponse(new Error('something else'))
  expect(other).toMatchObject({
    status: 503,
    body: { error: { message: expect.stringContaining('see its log for the reason') } },
  })
})

test('an API key that Temporal no longer takes is told with its remedy', () => {
  const refused = new ServiceError('refused', {
    cause: Object.assign(new Error('denied'), { code: 7, details: '', metadata: {} }),
  })
  expect(toTemporalRefusalError(refused)).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('TEMPORAL_API_KEY'),
  })
  expect(toTemporalRefusalError(new Error('other'))).toBeUndefined()
})
