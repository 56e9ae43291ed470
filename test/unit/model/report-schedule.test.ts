import fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeDuePeriods, computeLastPeriod } from '../../../src/model/report-schedule.ts'

const iso = ({ from, to }: { from: Date; to: Date }) => [from.toISOString(), to.toISOString()]
const sunday = Date.UTC(2026, 10, 29, 10)

test('a day ends at its time, today or yesterday', () => {
  expect(iso(computeLastPeriod('day', '08:00', sunday))).toEqual(['2026-11-28T08:00:00.000Z', '2026-11-29T08:00:00.000Z'])
  expect(iso(computeLastPeriod('day', '10:30', sunday))).toEqual(['2026-11-27T10:30:00.000Z', '2026-11-28T10:30:00.000Z'])
})

test('a week ends on a Monday', () => {
  expect(iso(computeLastPeriod('week', '08:00', sunday))).toEqual(['2026-11-16T08:00:00.000Z', '2026-11-23T08:00:00.000Z'])
})

test('a receiver that was away gets every period since the last one that it was sent, at most seven', () => {
  const day = (count: number) => new Date(Date.UTC(2026, 10, count, 8))
  const ends = (...sent: Date[]) => computeDuePeriods('day', '08:00', sunday, sent).map(({ to }) => to)
  expect(ends()).toEqual([day(29)])
  expect(ends(day(28), day(26))).toEqual([day(29)])
  expect(ends(day(29))).toEqual([])
  expect(ends(day(26))).toEqual([day(27), day(28), day(29)])
  expect(ends(day(1))).toEqual([23, 24, 25, 26, 27, 28, 29].map(day))
  const weeks = computeDuePeriods('week', '08:00', sunday, [day(9)])
  expect(weeks.map(iso)).toEqual([
    ['2026-11-09T08:00:00.000Z', '2026-11-16T08:00:00.000Z'],
    ['2026-11-16T08:00:00.000Z', '2026-11-23T08:00:00.000Z'],
  ])
})

test('the last period is over, and the next one is not', () => {
  const times = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  fc.assert(
    fc.property(fc.constantFrom('day', 'week'), times, fc.integer({ min: 1e12, max: 3e12 }), (every, [hour, minute], now) => {
      const at = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
      const { from, to } = computeLastPeriod(every, at, now)
      expect(to.getTime()).toBeLessThanOrEqual(now)
      expect(2 * to.getTime() - from.getTime()).toBeGreaterThan(now)
      expect(to.toISOString()).toContain(`T${at}`)
      if (every === 'week') expect(to.getUTCDay()).toBe(1)
    }),
  )
})
