import type { NatsConnection } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { channels } from '../../../src/api/async-api/channels.ts'
import {
  findMissingPermissions,
  isSubjectAllowed,
  optimizerSubjects,
  requestNatsPermissions,
} from '../../../src/messaging/permissions.ts'

test('the subjects that need permission are those of the AsyncAPI document', () => {
  const documented = (action: string) =>
    channels.filter((channel) => channel.action === action).map(({ subject }) => subject.replaceAll(/\{\w+\}/g, '*'))
  expect([...optimizerSubjects.subscribe].sort()).toEqual(documented('receive').sort())
  expect([...optimizerSubjects.publish].sort()).toEqual(documented('send').sort())
})

test.each([
  ['a.b', undefined, true],
  ['a.b', { allow: [] }, false],
  ['a.b', { allow: ['a.b'] }, true],
  ['a.b', { allow: ['a.*'] }, true],
  ['a.b', { allow: ['a.>'] }, true],
  ['a.b', { allow: ['*.b'] }, true],
  ['a.b', { allow: ['>'] }, true],
  ['a', { allow: ['a.>'] }, false],
  ['a.b', { allow: ['a'] }, false],
  ['a.b', { allow: ['a.b.c'] }, false],
  ['a.b', { allow: ['a.b workers'] }, true],
  ['a.*', { allow: ['a.b'] }, false],
  ['a.*', { allow: ['a.>'] }, true],
  ['a.>', { allow: ['a.*'] }, false],
  ['a.b', { deny: ['a.c'] }, true],
  ['a.b', { allow: ['>'], deny: ['a.*'] }, false],
  ['a.*', { deny: ['a.b'] }, false],
  ['a.>', { deny: ['a.b.c'] }, false],
])('%s under %j is allowed: %s', (subject, rule, expected) => {
  expect(isSubjectAllowed(subject, rule)).toBe(expected)
})

test('nothing is missing for a user without limits; with a prefix, rights without it do not count', () => {
  expect(findMissingPermissions({}, '')).toEqual({ subscribe: [], publish: [] })
  const limited = { publish: { allow: ['performance.>', 'acme.agents.>'] }, subscribe: { allow: ['acme.>'] }, responses: {} }
  const { subscribe, publish } = findMissingPermissions(limited, 'acme.')
  expect(subscribe).toEqual([])
  expect(publish).toContain('acme.performance.metrics')
  expect(publish).not.toContain('acme.agents.*.*.configure')
})

test('who may neither answer what it is asked nor publish to inboxes cannot answer', () => {
  expect(findMissingPermissions({ publish: { allow: ['>'], deny: ['_INBOX.>'] } }, '').publish).toEqual(['_INBOX.>'])
})

test.each(['', 'not JSON', '{"data": 1}'])(
  'an answer such as %j tells no permissions, and is no failure of NATS',
  async (answer) => {
    const nats = { request: async () => ({ json: () => JSON.parse(answer) }) } as unknown as NatsConnection
    expect(await requestNatsPermissions(nats, 1)).toBeUndefined()
  },
)
