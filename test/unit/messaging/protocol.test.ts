import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  acknowledgementSchema,
  agentStateSchema,
  decisionSchema,
  executionSchema,
  messageSchema,
  reportBatchSchema,
  selfReportSchema,
} from '../../../src/messaging/protocol.ts'
import { requestSchemas } from '../../../src/messaging/requests.ts'
import { describeIssue } from '../../../src/model/issue.ts'
import { announcement, batch, execution, intKnob, message } from '../../support/store.ts'

const week = 604_800_000
const problem = (schema: { safeParse(input: unknown): { error?: Parameters<typeof describeIssue>[0] } }, input: unknown) => {
  const { error } = schema.safeParse(input)
  return error && describeIssue(error, 'entry')
}

/** An object nested this many levels deep. */
function nested(levels: number): object {
  let object = {}
  for (let level = 1; level < levels; level++) object = { object }
  return object
}

describe('a field that the protocol does not know', () => {
  const decision = { id: '1', at: 1, type: 'trade' }
  test.each([
    ['an execution', executionSchema, { ...execution(), costUsd: 3 }, 'costUsd'],
    ['a message', messageSchema, { ...message(), retries: 3 }, 'retries'],
    ['a decision', decisionSchema, { ...decision, cost: 3 }, 'cost'],
    ['a state', agentStateSchema, { at: 1, mood: 'good' }, 'mood'],
    ['the goals of a state', agentStateSchema, { at: 1, goalProgress: { total: 1 } }, 'total'],
    ['a self-report', selfReportSchema, { at: 1, tokens: 3 }, 'tokens'],
    ['a batch', reportBatchSchema, { ...batch('hunter', '1'), spans: [] }, 'spans'],
    ['an announcement', requestSchemas.announce.request, { ...announcement('hunter', '1'), objective: 'cost' }, 'objective'],
    [
      'a knob',
      requestSchemas.announce.request,
      { ...announcement('hunter', '1'), knobs: [{ ...intKnob('pool'), step: 2 }] },
      'step',
    ],
    ['a heartbeat', requestSchemas.heartbeat.request, { ...heartbeat(), load: 1 }, 'load'],
    ['an acknowledgement', acknowledgementSchema, { ...acknowledgement(), tookMs: 1 }, 'tookMs'],
    ['a request for the configuration', requestSchemas.configuration.request, { agentId: 'a', instanceId: '1', x: 1 }, 'x'],
  ])('is refused by name in %s', (_what, schema, input, name) => {
    expect(problem(schema, input)).toContain(`Unrecognized key: "${name}"`)
  })
})

const heartbeat = () => ({ agentId: 'hunter', instanceId: '1', version: 1, values: {}, sentAt: 1 })
const acknowledgement = () => ({
  agentId: 'hunter',
  instanceId: '1',
  version: 1,
  status: 'applied' as const,
  inForce: { version: 1, values: {} },
})

describe('a number', () => {
  test.each([0, -0, 1e-320, 12.5, week])('of %d ms is a duration', (durationMs) => {
    expect(problem(executionSchema, execution({ durationMs }))).toBeUndefined()
  })

  test.each([-1, week + 1, 1.8e19, 1e308, Number.NaN, Number.POSITIVE_INFINITY, null, '12'])('of %s is none', (duration) => {
    expect(problem(executionSchema, { ...execution(), durationMs: duration })).toMatch(/^durationMs: /)
    expect(problem(selfReportSchema, { at: 1, avgResponseTime: duration })).toMatch(/^avgResponseTime: /)
    expect(problem(messageSchema, { ...message(), latencyMs: duration })).toMatch(/^latencyMs: /)
    expect(problem(messageSchema, { ...message(), conflictResolutionMs: duration })).toMatch(/^conflictResolutionMs: /)
  })

  test.each([-1, 0.5, 2 ** 53, 1e308])('of %d is no count', (count) => {
    expect(problem(selfReportSchema, { at: 1, apiCallsUsed: count })).toMatch(/^apiCallsUsed: /)
    expect(problem(agentStateSchema, { at: 1, cycleCount: count })).toMatch(/^cycleCount: /)
  })
})

describe("an agent's own JSON", () => {
  const output = (content: unknown) => problem(executionSchema, { ...execution(), output: content })

  test('may be nested 50 levels deep, and no deeper', () => {
    expect(output(nested(50))).toBeUndefined()
    expect(output(nested(51))).toBe('output: is nested more than 50 levels deep')
    expect(output(nested(5_000))).toBe('output: is nested more than 50 levels deep')
    expect(output(JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toContain('levels deep')
  })

  test('has no characters that PostgreSQL cannot store, in keys either', () => {
    expect(output({ list: ['a\0'] })).toContain('NUL')
    expect(output({ 'a\0': 1 })).toContain('NUL')
    expect(output({ text: '\udc00' })).toContain('surrogate')
  })
})

test('a batch may have 5,000 entries in a list and 10,000 in all, and the refusal names the limit', () => {
  const entries = (count: number) => Array.from({ length: count }, () => null)
  const lists = (known: Parameters<typeof batch>[2]) => problem(reportBatchSchema, batch('hunter', '1', known))
  expect(lists({ executions: entries(5_000), messages: entries(5_000) })).toBeUndefined()
  expect(lists({ executions: entries(5_001) })).toContain('at most 5000 entries in one list')
  expect(lists({ executions: entries(5_000), messages: entries(5_000), states: entries(1) })).toContain('at most 10000 entries')
})

test('an announcement fits in a message, and so does every configuration of its knobs', () => {
  const choices = (knob: number) => Array.from({ length: 200 }, (_, i) => `${knob}-${i}-${'x'.repeat(180)}`)
  const order = (knob: number) => ({
    type: 'order',
    name: `order${knob}`,
    purpose: 'decision',
    values: choices(knob),
    default: choices(knob),
  })
  const announce = (knobs: object[]) => problem(requestSchemas.announce.request, { ...announcement('hunter', '1'), knobs })
  expect(announce([order(1), order(2)])).toBeUndefined()
  expect(announce([order(1), order(2), order(3), order(4)])).toContain('knobs: must be at most 262144 characters long')
  expect(announce(Array.from({ length: 501 }, (_, i) => intKnob(`k${i}`)))).toContain('knobs: must have at most 500 knobs')
})

test('the description of a problem can be stored, shown and sent, whatever the field is called', () => {
  const described = problem(executionSchema, { ...execution(), [`\0\u001b[31m${'x'.repeat(100_000)}`]: randomUUID() })
  expect(described).toContain('Unrecognized key')
  expect(described!.length).toBeLessThanOrEqual(300)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  expect(described).not.toMatch(/[\u0000-\u001f]/)
})
