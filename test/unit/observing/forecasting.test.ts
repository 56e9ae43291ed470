import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forecastCrossing, MetricSeries } from '../../../src/analysis/observing/forecasting/index.ts'
import type { MetricPoint } from '../../../src/model/history.ts'
import { findBuiltInMetric } from '../../../src/model/metric.ts'
import { random } from '../judging/random.ts'

const minute = 60_000
const hour = 60 * minute
const every = (stepMs: number, count: number, value: (at: number, i: number) => number): MetricPoint[] =>
  Array.from({ length: count }, (_, i) => ({ at: i * stepMs, value: value(i * stepMs, i) }))
const last = (points: MetricPoint[]) => points.at(-1)!.at
const times = (points: MetricPoint[]) => new MetricSeries(findBuiltInMetric('responseTime')!, points)
const likely = (points: MetricPoint[], threshold = 2000) =>
  forecastCrossing(findBuiltInMetric('responseTime')!, times(points), threshold, last(points)).probability

describe('the forecast of a crossing', () => {
  test('is likely if the trend leads there, and unlikely if it leads away or is flat', () => {
    const rising = every(10 * minute, 12, (_, i) => 1100 * 1.05 ** i)
    const falling = every(10 * minute, 12, (_, i) => 3000 / 1.05 ** i)
    const level = every(10 * minute, 12, () => 1800)
    expect(likely(rising)).toBeGreaterThan(0.15)
    expect(likely(level)).toBeLessThan(0.05)
    expect(likely(falling)).toBeLessThan(0.1)
  })

  test('of a rate looks downward', () => {
    const points = every(10 * minute, 12, (_, i) => 0.9 - 0.015 * i)
    const series = new MetricSeries(findBuiltInMetric('successRate')!, points)
    expect(forecastCrossing(findBuiltInMetric('successRate')!, series, 0.7, last(points)).probability).toBeGreaterThan(0.15)
    expect(forecastCrossing(findBuiltInMetric('successRate')!, series, 0.4, last(points)).probability).toBeLessThan(0.05)
  })

  test('of a rate stays between 0 and 1', () => {
    const toward = (step: number) => {
      const points = every(10 * minute, 12, (_, i) => 0.5 + step * i)
      return forecastCrossing(
        findBuiltInMetric('successRate')!,
        new MetricSeries(findBuiltInMetric('successRate')!, points),
        0.7,
        last(points),
      ).interval
    }
    expect(toward(0.04)[1]).toBe(1)
    expect(toward(-0.04)[0]).toBe(0)
  })

  test('is widest after a single point, narrower after many, and gaps make it wider', () => {
    const width = (points: MetricPoint[], aheadMs = 20 * minute) => {
      const [low, high] = [0.1, 0.9].map((share) => times(points).quantile(last(points) + aheadMs, share))
      return high! - low!
    }
    const many = every(10 * minute, 40, (_, i) => 1000 * Math.exp(0.02 * Math.sin(i * 7)))
    expect(width(many)).toBeLessThan(width(many.slice(0, 1)))
    expect(width(many, 5 * hour)).toBeGreaterThan(width(many))
  })

  test('contains the next value with a probability of 80%, whether a series is flat, drifts or has gaps', () => {
    const worlds = [
      { noise: 0.06, drift: 0, gaps: 0 },
      { noise: 0.05, drift: 0.05, gaps: 0 },
      { noise: 0.1, drift: 0.02, gaps: 0.5 },
    ]
    for (const { noise, drift, gaps } of worlds) {
      const dice = random(3)
      let inside = 0
      for (let run = 0; run < 200; run++) {
        let level = Math.log(1000)
        const points = every(10 * minute, 30, () => {
          level += drift * dice.normal()
          return Math.exp(level + noise * dice.normal())
        })
        const known = points.slice(0, -2).filter(() => dice.uniform() >= gaps)
        if (known.length === 0) continue
        const series = times(known)
        const truth = points.at(-1)!
        if (truth.value >= series.quantile(truth.at, 0.1) && truth.value <= series.quantile(truth.at, 0.9)) inside++
      }
      expect(inside / 200).toBeGreaterThan(0.7)
      expect(inside / 200).toBeLessThan(0.92)
    }
  })

  test('is a probability, and its interval in order, whatever the points', () => {
    const point = fc.record({
      at: fc.nat(10 * 24 * hour),
      value: fc.oneof(fc.double({ min: -1e6, max: 1e6 }), fc.constant(Number.POSITIVE_INFINITY)),
    })
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const series = new MetricSeries(findBuiltInMetric('coordinationScore')!, [...points, { at: 11 * 24 * hour, value: 0.8 }])
        const { probability, interval } = forecastCrossing(findBuiltInMetric('coordinationScore')!, series, 0.6, 11 * 24 * hour)
        expect(probability).toBeGreaterThanOrEqual(0)
        expect(probability).toBeLessThanOrEqual(1 + 1e-9)
        expect(interval[0]).toBeLessThanOrEqual(interval[1])
        expect(interval[0]).toBeGreaterThanOrEqual(0)
        expect(interval[1]).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the season', () => {
  const dice = random(11)
  const daily = (at: number) => 1000 * Math.exp(0.5 * Math.sin((2 * Math.PI * at) / (24 * hour)) + 0.03 * dice.normal())

  test('of a day is predicted from three days of history', () => {
    const points = every(hour, 4 * 24 + 4, daily)
    // At four hours past midnight the wave rises by a fifth within the next two hours.
    const now = last(points)
    const foreseen = times(points).quantile(now + 2 * hour, 0.5)
    const truth = 1000 * Math.exp(0.5 * Math.sin((2 * Math.PI * (now + 2 * hour)) / (24 * hour)))
    expect(foreseen / truth).toBeGreaterThan(0.9)
    expect(foreseen / truth).toBeLessThan(1.1)
  })

  test('of a week is distinguished from that of a day after two weeks', () => {
    const quiet = (at: number) => (Math.floor(at / (24 * hour)) % 7 >= 5 ? 0.5 : 1)
    const points = every(hour, 16 * 24, (at) => 1000 * quiet(at) * Math.exp(0.03 * dice.normal()))
    const dayAhead = (from: number) => times(points.slice(0, from * 24)).quantile(from * 24 * hour + 12 * hour, 0.5)
    expect(dayAhead(16) / 1000).toBeGreaterThan(0.8)
  })

  test('is not found in a series that merely drifts', () => {
    let level = Math.log(1000)
    const points = every(hour, 5 * 24, () => {
      level += 0.05 * dice.normal()
      return Math.exp(level)
    })
    const now = last(points)
    const foreseen = times(points).quantile(now + hour, 0.5)
    expect(Math.abs(Math.log(foreseen) - level)).toBeLessThan(0.1)
  })
})

describe('a shift', () => {
  const calm = every(10 * minute, 30, (_, i) => 1000 * Math.exp(0.05 * Math.sin(i * 7)))
  const shiftAfter = (value: number) => times([...calm, { at: 30 * 10 * minute, value }]).lastShift

  test('is a point that was not expected', () => {
    expect(shiftAfter(1600)).toBe(30 * 10 * minute)
    expect(shiftAfter(1050)).toBeUndefined()
  })

  test('is remembered while the series continues at the new level', () => {
    const higher = every(10 * minute, 10, (_, i) => 1600 * Math.exp(0.05 * Math.sin(i * 7))).map(({ at, value }) => ({
      at: at + 30 * 10 * minute,
      value,
    }))
    expect(times([...calm, ...higher]).lastShift).toBe(30 * 10 * minute)
  })
})
