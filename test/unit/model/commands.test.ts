import { describe, expect, test } from 'vitest'
import { TypedFailureInterceptor } from '../../../src/activities/typed-failure-interceptor.ts'
import { approvalDecisionSchema } from '../../../src/model/approval.ts'
import {
  agentRestoreSchema,
  commandRequestSchema,
  keepRequestSchema,
  retryRequestSchema,
  rollbackRequestSchema,
} from '../../../src/model/commands.ts'

const asked = { agentId: 'hunter', by: 'ada' }

describe('a person’s request', () => {
  test('is refused if it has a character that the database cannot store', () => {
    const abort = { command: { type: 'abort' }, by: 'ada' }
    expect(commandRequestSchema.safeParse({ ...abort, reason: 'customers complain' }).success).toBe(true)
    expect(commandRequestSchema.safeParse({ ...abort, reason: 'a \0 byte' }).success).toBe(false)
    expect(keepRequestSchema.safeParse({ trialId: 'opt_1_a', by: 'a\0a' }).success).toBe(false)
  })

  test('releases knobs by the names that systems give them', () => {
    const release = (knob: string) => ({ command: { type: 'release', agentId: 'hunter', knob }, by: 'ada', reason: '' })
    for (const knob of ['cacheTtlMs', 'topology.max.spout.pending', 'net/core', '_pool'])
      expect(commandRequestSchema.safeParse(release(knob)).success, knob).toBe(true)
  })

  test.each([{}, 99_999_999_999, 0, 'noon'])('does not set an agent’s knobs if it is %j', (to) => {
    expect(agentRestoreSchema.safeParse({ ...asked, to }).success).toBe(false)
  })

  test.each([{ cacheSize: 4 }, 3, '2026-11-21T11:00:00Z'])('sets an agent’s knobs if it is %j', (to) => {
    expect(agentRestoreSchema.safeParse({ ...asked, to }).success).toBe(true)
  })
})

test.each([
  ['22021', true],
  ['57P01', undefined],
])('an activity whose database reports %s fails permanently: %s', async (code, nonRetryable) => {
  const failing = () => Promise.reject(Object.assign(new Error('invalid byte sequence'), { code }))
  const input = { args: [], headers: {} }
  await expect(new TypedFailureInterceptor().execute(input, failing)).rejects.toSatisfy(
    (error) => error.nonRetryable === nonRetryable,
  )
})

test('requests about a trial take `why` as the former name of `reason`, but not both', () => {
  const request = { trialId: 'opt_1_a', by: 'ada' }
  for (const schema of [keepRequestSchema, retryRequestSchema, rollbackRequestSchema]) {
    expect(schema.parse({ ...request, why: 'a complaint' })).toEqual({ ...request, reason: 'a complaint' })
    expect(schema.parse({ ...request, reason: 'a complaint' })).toEqual({ ...request, reason: 'a complaint' })
    expect(schema.safeParse({ ...request, reason: 'a complaint', why: 'another' }).success).toBe(false)
  }
  expect(approvalDecisionSchema.parse({ approve: true, by: 'ada', why: 'a quiet day' })).toMatchObject({ reason: 'a quiet day' })
})
