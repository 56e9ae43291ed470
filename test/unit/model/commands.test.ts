import { describe, expect, test } from 'vitest'
import { TypedFailureInterceptor } from '../../../src/activities/typed-failure-interceptor.ts'
import { agentRestoreSchema, commandRequestSchema, keepRequestSchema } from '../../../src/model/commands.ts'

const asked = { agentId: 'hunter', by: 'ada' }

describe('what a person asks for', () => {
  test('is refused where it has a character that no database stores', () => {
    const abort = { command: { type: 'abort' }, by: 'ada' }
    expect(commandRequestSchema.safeParse({ ...abort, reason: 'customers complain' }).success).toBe(true)
    expect(commandRequestSchema.safeParse({ ...abort, reason: 'a \0 byte' }).success).toBe(false)
    expect(keepRequestSchema.safeParse({ trialId: 'opt_1_a', by: 'a\0a' }).success).toBe(false)
  })

  test.each([{}, 99_999_999_999, 0, 'noon'])('is no setting of an agent if it is %j', (to) => {
    expect(agentRestoreSchema.safeParse({ ...asked, to }).success).toBe(false)
  })

  test.each([{ cacheSize: 4 }, 3, '2026-11-21T11:00:00Z'])('is a setting of an agent if it is %j', (to) => {
    expect(agentRestoreSchema.safeParse({ ...asked, to }).success).toBe(true)
  })
})

test.each([
  ['22021', true],
  ['57P01', undefined],
])('an activity whose database says %s fails for good: %s', async (code, nonRetryable) => {
  const failing = () => Promise.reject(Object.assign(new Error('invalid byte sequence'), { code }))
  const input = { args: [], headers: {} }
  await expect(new TypedFailureInterceptor().execute(input, failing)).rejects.toSatisfy(
    (error) => error.nonRetryable === nonRetryable,
  )
})
