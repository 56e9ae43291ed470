import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logFailure } from '../../../src/api/gateway/failure-response.ts'

test('a defect is logged as an error with its stack; a database that is away is a warning', () => {
  const lines: unknown[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) })
  logFailure(log, new TypeError('x is undefined'))
  logFailure(log, new Error('connection refused'))
  expect(lines).toEqual([
    {
      level: 50,
      msg: 'a request met a defect',
      err: expect.objectContaining({ stack: expect.stringContaining('failures.test.ts') }),
    },
    { level: 40, msg: 'a request could not be served', error: 'Error: connection refused' },
  ])
})
