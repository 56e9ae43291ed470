import { describe, expect, test } from 'vitest'
import { collectAssignment } from '../../../src/commands/arguments.ts'
import { executionSchema } from '../../../src/messaging/protocol.ts'
import { agentRestoreSchema } from '../../../src/model/commands.ts'
import { describeIssue } from '../../../src/model/issue.ts'
import { knobSchema, knobValuesSchema } from '../../../src/model/knob.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { knobNameSchema, nameSchema } from '../../../src/model/name.ts'
import { execution } from '../../support/store.ts'

const ofRealSystems = [
  'poolSize',
  'max_connections',
  'max-connections',
  'topology.max.spout.pending',
  'net/core/somaxconn',
  'spring.datasource.hikari.maximum-pool-size',
  'user:limit',
  '_internal',
]

describe('a knob', () => {
  test.each(ofRealSystems)('may be called %s, wherever it is named', (name) => {
    expect(knobSchema.safeParse({ name, type: 'int', min: 1, max: 9, default: 2, purpose: 'caching' }).success).toBe(true)
    expect(knobValuesSchema.parse({ [name]: 4 })).toEqual({ [name]: 4 })
    expect(limitsSchema.safeParse({ neverTouch: [{ knob: name }], maxSteps: [{ knob: name, share: 0.2 }] }).success).toBe(true)
    expect(collectAssignment(`${name}=4`)).toEqual(new Map([[name, '4']]))
  })

  test.each(['', '.hidden', '-Xmx', 'a=b', 'a b', 'ü', 'a\nb', 'a'.repeat(121), 'a\0'])('may not be called %j', (name) => {
    expect(knobNameSchema.safeParse(name).success).toBe(false)
  })
})

test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'])(
  'nothing may be called %s, which every object of JavaScript has',
  (name) => {
    expect(nameSchema.safeParse(name).success).toBe(false)
    expect(knobNameSchema.safeParse(name).success).toBe(false)
    expect(knobValuesSchema.safeParse(JSON.parse(`{"${name}": 1}`)).success).toBe(false)
  },
)

test('an enum knob lists each of its values once, and no knob affects the sum of an objective', () => {
  const knob = { name: 'model', type: 'enum', values: ['a', 'b'], default: 'a', purpose: 'decision' }
  const problemOf = (change: object) => describeIssue(knobSchema.safeParse({ ...knob, ...change }).error!, 'the knob')
  expect(problemOf({ values: ['a', 'a'] })).toBe('values: must list each value once')
  expect(problemOf({ affects: [{ metric: 'weightedSum' }] })).toContain('weightedSum is computed from the metrics')
})

test('__proto__ is refused by name, never left out without a word', () => {
  const values = JSON.parse('{"__proto__": 1, "pool": 2}')
  const sentence = '__proto__ is a reserved word; choose another name'
  const restore = agentRestoreSchema.safeParse({ agentId: 'hunter', to: values, by: 'ada' })
  expect(describeIssue(restore.error!, 'it')).toContain(sentence)
  for (const field of ['metrics', 'input', 'output']) {
    const reported = executionSchema.safeParse({ ...execution(), [field]: values })
    expect(describeIssue(reported.error!, 'it')).toBe(`${field}: ${sentence}`)
  }
})

test('an agent has no dots in its name, because it is a part of NATS subjects', () => {
  expect(nameSchema.safeParse('market.hunter').success).toBe(false)
  expect(nameSchema.safeParse('market-hunter_2').success).toBe(true)
})
