import { expect, test } from 'vitest'
import { parseSince } from '../../../src/model/since.ts'

const now = Date.UTC(2026, 10, 21, 11)

test.each([
  ['90s', 90_000],
  ['90min', 5_400_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['1.5h', 5_400_000],
  ['2w', 1_209_600_000],
])('%s ago', (text, ms) => {
  expect(parseSince(text, now).getTime()).toBe(now - ms)
})

test('a date and time', () => {
  expect(parseSince('2026-11-21T08:00Z', now).toISOString()).toBe('2026-11-21T08:00:00.000Z')
})

test.each(['7', 'd', '7y', '-7d', '7d ago', '', 'yesterday', '99999999999d', '2026-06-31'])('%j is refused', (text) => {
  expect(() => parseSince(text, now)).toThrow(expect.objectContaining({ code: 'invalid-date' }))
})
