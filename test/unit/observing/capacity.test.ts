import { describe, expect, test } from 'vitest'
import { forecastCapacity, getResourceLimits, listResourceHistories } from '../../../src/analysis/observing/capacity.ts'
import { recommendAllocations } from '../../../src/analysis/reporting/results/index.ts'
import { mulberry32 } from '../../../src/analysis/statistics/random.ts'

const today = '2026-11-29'
const dayMs = 86_400_000
const dayBefore = (days: number) => new Date(Date.parse(today) - days * dayMs).toISOString().slice(0, 10)

/** The busiest hours of the days before today, and of today so far. */
function history(days: number, useOn: (day: number) => number, resource = 'memoryPercent') {
  const values = Array.from({ length: days + 1 }, (_, day) => ({
    day: dayBefore(days - day),
    busiest: useOn(day),
    highest: useOn(day),
  }))
  return { subject: 'market-hunter', isAgent: true, resource, instances: 2, days: values }
}
const noise = () => {
  const random = mulberry32(7)
  return () => 2 * (random.uniform() - 0.5)
}

describe('the forecast of a limit', () => {
  test('names the day on which a growing use reaches it, within its interval', () => {
    const vary = noise()
    const { trendPerDay, forecast, use } = forecastCapacity(
      history(40, (day) => 40 + day + vary()),
      90,
      today,
    )
    expect(trendPerDay).toBeCloseTo(1, 1)
    expect(use).toBeGreaterThan(79)
    // It grows by a point a day and is at 80 today.
    const days = (date: string | null) => Math.round((Date.parse(date!) - Date.parse(today)) / dayMs)
    expect(days(forecast!.reachedOn)).toBeGreaterThanOrEqual(8)
    expect(days(forecast!.reachedOn)).toBeLessThanOrEqual(13)
    expect(forecast!.earliest! <= forecast!.reachedOn!).toBe(true)
    if (forecast!.latest) expect(forecast!.latest >= forecast!.reachedOn!).toBe(true)
  })

  test('is that a steady use does not reach it', () => {
    const vary = noise()
    const { forecast, trendPerDay } = forecastCapacity(
      history(40, () => 50 + 3 * vary()),
      90,
      today,
    )
    expect(Math.abs(trendPerDay!)).toBeLessThan(0.1)
    expect(forecast).toEqual({ reachedOn: null, earliest: null, latest: null, horizonDays: 20 })
  })

  test('is missing while the history is too short, however steep it is', () => {
    const { forecast, trendPerDay, days, use } = forecastCapacity(
      history(13, (day) => 10 + 6 * day),
      90,
      today,
    )
    expect({ forecast, trendPerDay, days }).toEqual({ forecast: null, trendPerDay: null, days: 13 })
    expect(use).toBe(88)
  })

  test('leaves out days that were not measured, and today, which is not over', () => {
    const whole = history(30, (day) => 30 + day)
    const gappy = {
      ...whole,
      days: whole.days.filter((_, index) => index % 3 !== 1).map((day) => (day.day === today ? { ...day, busiest: 1 } : day)),
    }
    const { days, trendPerDay } = forecastCapacity(gappy, 90, today)
    expect(days).toBe(20)
    expect(trendPerDay).toBeCloseTo(1, 5)
  })

  test('does not take one core for the limit of a process that uses several', () => {
    expect(
      forecastCapacity(
        history(20, () => 250, 'cpuPercent'),
        90,
        today,
      ),
    ).toMatchObject({ limit: null, forecast: null })
    expect(
      forecastCapacity(
        history(20, () => 50, 'cpuPercent'),
        90,
        today,
      ),
    ).toMatchObject({ limit: 90 })
  })

  test('does not take one core for the limit of a process of the optimizer, however little it uses', () => {
    const worker = { ...history(20, () => 8, 'cpuPercent'), subject: 'box/worker', isAgent: false, instances: 1, isProcess: true }
    const forecast = forecastCapacity(worker, 90, today)
    expect(forecast).toMatchObject({ limit: null, forecast: null })
    expect(recommendAllocations([forecast], today)).toEqual([])
    expect(forecastCapacity({ ...worker, resource: 'memoryPercent' }, 90, today)).toMatchObject({ limit: 90 })
  })

  test('of something without a limit is only its trend', () => {
    expect(
      forecastCapacity(
        history(20, (day) => 100 + day, 'memoryMb'),
        null,
        today,
      ),
    ).toMatchObject({
      limit: null,
      forecast: null,
      trendPerDay: 1,
    })
  })
})

test('a limit is the value from which an alert is critical, under any of its names', () => {
  expect(getResourceLimits({ cpu_usage: { critical: 75, for: 0 }, memory_usage: { warning: 50, for: 0 } })).toMatchObject({
    cpuPercent: 75,
    memoryPercent: 90,
    memoryMb: null,
  })
  expect(getResourceLimits({ cpu_usage: { critical: 5, direction: 'below', for: 0 } })).toMatchObject({ cpuPercent: 90 })
})

test('the history of a resource has its days in order, and the instances of the last', () => {
  const use = (day: string, instances: number) => ({
    subject: 'a',
    isAgent: true,
    resource: 'cpuPercent',
    day,
    instances,
    busiest: 1,
    highest: 1,
    lastAt: new Date(`${day}T09:00:00Z`),
  })
  const days = [use('2026-11-01', 2), use('2026-11-02', 3)]
  // Components that are gone have no history.
  expect(listResourceHistories(days, Date.parse('2026-11-03T09:01:00Z'))).toEqual([])
  expect(listResourceHistories(days, Date.parse('2026-11-03T08:59:00Z'))).toEqual([
    {
      subject: 'a',
      isAgent: true,
      resource: 'cpuPercent',
      instances: 3,
      days: [
        { day: '2026-11-01', busiest: 1, highest: 1 },
        { day: '2026-11-02', busiest: 1, highest: 1 },
      ],
    },
  ])
})
