import { describe, expect, test } from 'vitest'
import { forecastMetric } from '../../../src/analysis/observing/forecasting/index.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'
import { describeCrossing } from '../../../src/model/forecast-text.ts'

const hourMs = 3_600_000
const now = Date.UTC(2026, 10, 29, 12)
const { normal } = createRandomSource(3)
/** A value for each step of the past, oldest first. */
const past = (steps: number, stepMs: number, draw: (step: number) => number) =>
  Array.from({ length: steps }, (_, step) => ({ at: now - (steps - step - 0.5) * stepMs, value: draw(step) }))
const metric = { kind: 'continuous', unit: 'ms' } as const
const warning = { name: 'warning limit', value: 300, side: 'above' } as const

describe('the forecast of a metric', () => {
  test('goes on with a trend, and says when a limit is crossed, with the interval', () => {
    const rising = past(200, hourMs, (step) => 100 + 0.9 * step + normal())
    const forecast = forecastMetric(rising, { metric, limits: [warning], now })!
    expect(forecast).toMatchObject({ stepMs: hourMs, series: expect.arrayContaining([]) })
    expect(forecast.series).toHaveLength(24)
    for (const [, low, median, high] of forecast.series) {
      expect(low).toBeLessThanOrEqual(median)
      expect(high).toBeGreaterThanOrEqual(median)
    }
    // It is 279 now and gains 0.9 an hour, so it reaches 300 in 23 or 24 hours.
    const [crossing] = forecast.crossings
    expect(Math.abs((crossing!.at ?? now + 25 * hourMs) - now - 24 * hourMs)).toBeLessThanOrEqual(3 * hourMs)
    expect(crossing!.earliest!).toBeLessThanOrEqual(crossing!.at ?? Number.POSITIVE_INFINITY)
  })

  test('is silent about a limit that is far away or crossed already', () => {
    const steady = past(100, hourMs, () => 200 + normal())
    const far = { ...warning, value: 900 }
    const below = { name: 'bound', value: 250, side: 'below' } as const
    expect(forecastMetric(steady, { metric, limits: [far, below], now })!.crossings).toEqual([])
  })

  test('is by shorter steps while little is known, within the range of a share, and none of too few values', () => {
    const shares = past(30, 60_000, (step) => Math.min(1, 0.9 + 0.004 * step))
    const forecast = forecastMetric(shares, { metric: { kind: 'proportion', unit: '' }, limits: [], now })!
    expect(forecast.stepMs).toBe(60_000)
    expect(forecast.series).toHaveLength(15)
    expect(Math.max(...forecast.series.map(([, , , high]) => high))).toBeLessThanOrEqual(1)
    expect(
      forecastMetric(
        past(19, 60_000, () => 1),
        { metric: { kind: 'proportion', unit: '' }, limits: [], now },
      ),
    ).toBeUndefined()
    expect(forecastMetric([], { metric, limits: [], now })).toBeUndefined()
  })

  test('is none of an agent that is away, but is of one that works now and then', () => {
    const old = past(200, 60_000, () => 100 + normal()).slice(0, 190)
    expect(forecastMetric(old, { metric, limits: [], now })).toBeUndefined()
    const rare = past(200, 60_000, () => 100 + normal()).filter((_, step) => step % 6 === 0 && step < 192)
    expect(forecastMetric(rare, { metric, limits: [], now })).toBeDefined()
  })
})

test('a crossing in words', () => {
  const [at, earliest, latest] = [2, 1, 3].map((hour) => Date.UTC(2026, 10, 29, hour)) as [number, number, number]
  const say = (known: object) => describeCrossing({ ...warning, at, earliest, latest, ...known }, metric)
  const time = (hour: number) => `2026-11-29T0${hour}:00:00Z`
  expect(say({})).toBe(`expected above the warning limit of 300 ms from ${time(2)} (between ${time(1)} and ${time(3)})`)
  expect(say({ latest: null })).toBe(`expected above the warning limit of 300 ms from ${time(2)} (${time(1)} at the earliest)`)
  expect(say({ at: null, latest: null })).toBe(`may be above the warning limit of 300 ms from ${time(1)} at the earliest`)
})
