import { expect, test } from 'vitest'
import { parseRealtimeMetrics, realtimeMetricsSchema } from '../../../src/messaging/monitoring.ts'

const metrics = { cpu_usage: 5 }
const reasons = (input: unknown) => realtimeMetricsSchema.safeParse(input).error?.issues.map(({ message }) => message)

test('One reading is understood as several are', () => {
  const reading = { component: 'database-1', at: '2026-11-29T04:00:00Z', metrics }
  expect(realtimeMetricsSchema.parse(reading)).toEqual(realtimeMetricsSchema.parse({ readings: [reading] }))
})

test('A reading from the future is refused, since all that follow would be older', () => {
  expect(reasons({ component: 'database-1', at: '2099-01-01T00:00:00Z', metrics })).toEqual([
    expect.stringContaining('is in the future'),
  ])
  expect(reasons({ component: 'database-1', at: new Date().toISOString(), metrics })).toBeUndefined()
})

test.each([
  ['a reserved name', { component: 'x', metrics: { constructor: 1 } }, 'Invalid key'],
  ['a value that is no number', { component: 'x', metrics: { cpu_usage: '5' } }, 'expected number'],
  ['something else', null, 'expected object'],
])('The error says what is wrong: %s', (_, input, reason) => {
  expect(reasons(input)).toEqual([expect.stringContaining(reason)])
})

test('Readings that cannot be used are rejected one by one, and the message only if there is no other', async () => {
  const later = { component: 'b', metrics, ofALaterVersion: 1 }
  const good = { component: 'a', metrics }
  const { readings, indexes, rejected } = await parseRealtimeMetrics({ readings: [later, good, good, 'text'] })
  expect({ readings, indexes }).toEqual({ readings: [good], indexes: [1] })
  expect(rejected).toEqual([
    { index: 0, reason: expect.stringContaining('ofALaterVersion') },
    { index: 2, reason: 'component: list each only once' },
    { index: 3, reason: expect.stringContaining('object') },
  ])
  await expect(parseRealtimeMetrics({ readings: [later] })).rejects.toThrow('ofALaterVersion')
})

test('A message with many readings lets other work be done while it is parsed', async () => {
  let others = 0
  const other = setInterval(() => others++, 0)
  await parseRealtimeMetrics({ readings: Array.from({ length: 1_000 }, (_, index) => ({ component: String(index), metrics })) })
  clearInterval(other)
  expect(others).toBeGreaterThan(0)
})
