import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ReportBuffer } from '../../../src/agent/report-buffer.ts'

const execution = (changes: object = {}) => ({
  id: randomUUID(),
  at: 1_000,
  type: 'cycle',
  durationMs: 12,
  success: true,
  version: 1,
  ...changes,
})

describe('the report buffer', () => {
  it.each([
    ['NaN', { durationMs: Number.NaN }, 'durationMs'],
    ['an infinite duration', { durationMs: Number.POSITIVE_INFINITY }, 'durationMs'],
    ['a negative duration', { durationMs: -1 }, 'durationMs'],
    ['a missing result', { success: undefined }, 'success'],
    ['a text in place of a number', { durationMs: '12' }, 'durationMs'],
  ])('refuses %s', (_what, changes, field) => {
    const buffer = new ReportBuffer()
    expect(() => buffer.add('executions', execution(changes))).toThrow(field)
    expect(buffer.isEmpty).toBe(true)
  })

  it('refuses what cannot be written as JSON, and what is too large to send', () => {
    const buffer = new ReportBuffer()
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(() => buffer.add('executions', execution({ output: circular }))).toThrow()
    expect(() => buffer.add('executions', execution({ output: { n: 1n } }))).toThrow()
    expect(() => buffer.add('executions', execution({ output: { text: 'x'.repeat(70_000) } }))).toThrow('the limit is 65536')
    expect(buffer.isEmpty).toBe(true)
  })

  it('keeps an entry as it was when it was reported', () => {
    const buffer = new ReportBuffer()
    const output = { found: 1 }
    buffer.add('executions', execution({ output }))
    output.found = 2
    expect(buffer.takeBatch().lists.executions).toMatchObject([{ output: { found: 1 } }])
  })

  it('returns entries in the order they were reported, at most 500 at once', () => {
    const buffer = new ReportBuffer()
    for (let i = 0; i < 750; i++) buffer.add('executions', execution({ durationMs: i }))
    const batches = [buffer.takeBatch(), buffer.takeBatch()]
    expect(batches.map(({ size }) => size)).toEqual([500, 250])
    expect(batches[1]?.lists.executions[0]).toMatchObject({ durationMs: 500 })
    expect(buffer.isEmpty).toBe(true)
  })

  it('keeps a batch of large entries below the limit of one message', () => {
    const buffer = new ReportBuffer()
    for (let i = 0; i < 20; i++) buffer.add('executions', execution({ output: { text: 'ü'.repeat(25_000) } }))
    const { size, lists } = buffer.takeBatch()
    expect(size).toBe(10)
    expect(Buffer.byteLength(JSON.stringify(lists))).toBeLessThan(1024 * 1024)
  })

  it('drops the oldest beyond 20,000 entries, and counts them', () => {
    const buffer = new ReportBuffer()
    for (let i = 0; i < 20_010; i++) buffer.add('states', { at: i })
    expect(buffer.dropped).toBe(10)
    expect(buffer.takeBatch().lists.states[0]).toEqual({ at: 10 })
  })
})
