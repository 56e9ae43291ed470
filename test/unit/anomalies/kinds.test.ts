import { describe, expect, test } from 'vitest'
import {
  anomalyThreshold,
  createDetector,
  type DetectorOptions,
  type SeriesPoint,
} from '../../../src/analysis/anomalies/index.ts'
import { seasonalSeries, stepSeconds, withEvent } from './series.ts'

const at = 4000
const series = seasonalSeries(5000)

function alarmsIn(points: SeriesPoint[], options: Partial<DetectorOptions> = {}) {
  const detector = createDetector({ metric: 'latency', stepSeconds, min: 0, ...options })
  return points.flatMap((point, index) => {
    const detection = detector.next(point)
    return detection.score >= anomalyThreshold ? [{ index, ...detection }] : []
  })
}

const firstAlarmAfter = (points: SeriesPoint[], from: number) => alarmsIn(points).find(({ index }) => index >= from)

describe('an event in a noisy season raises an alarm', () => {
  test.each<[string, number, (v: number, i: number) => number | null, { within: number; kinds: string[] }]>([
    ['for a spike, at once', 2, (v) => v + 120, { within: 1, kinds: ['spike'] }],
    ['for a burst', 30, (v, i) => v + 60 + 20 * (i % 3), { within: 5, kinds: ['spike', 'burst', 'level-shift'] }],
    ['for a level shift', 1000, (v) => 1.8 * v, { within: 5, kinds: ['spike', 'burst', 'level-shift'] }],
    ['for values that stay the same', 100, () => series[at - 1]!.v, { within: 12, kinds: ['stuck'] }],
    ['for missing values', 40, () => null, { within: 10, kinds: ['dropout'] }],
    ['for a fall to nothing', 40, () => 0, { within: 1, kinds: ['dropout'] }],
    ['for more noise', 200, (v, i) => v + 35 * Math.sin(i * i), { within: 10, kinds: ['spike', 'variance', 'burst'] }],
    ['for a slow drift', 1000, (v, i) => v * (1 + i / 300), { within: 300, kinds: ['spike', 'burst', 'level-shift', 'drift'] }],
  ])('%s', (_, length, change, { within, kinds }) => {
    const alarm = firstAlarmAfter(withEvent(series, at, length, change), at)
    expect(alarm?.index).toBeLessThanOrEqual(at + within)
    expect(kinds).toContain(alarm?.kind)
    expect(alarm?.since).toBeLessThanOrEqual(series[alarm!.index]!.t)
  })
})

test('a rhythm of the day that is gone raises an alarm, although no value is unusual by itself', () => {
  const rhythm = (i: number) => 30 * Math.sin((2 * Math.PI * i) / 288)
  const weak = seasonalSeries(4400).map(({ t, v }, i) => ({ t, v: v! - 0.8 * rhythm(i) }))
  const gone = withEvent(weak, at, 400, (v, i) => v - 0.2 * rhythm(at + i))
  expect(firstAlarmAfter(gone, at)!.index).toBeLessThan(at + 144)
})

test('a weekend that is like the last one raises no alarm, the first one does', () => {
  const isWeekend = (t: number) => [0, 6].includes(new Date(t).getUTCDay())
  const points = seasonalSeries(22 * 288).map(({ t, v }) => ({ t, v: isWeekend(t) ? 0.6 * v! : v }))
  const days = alarmsIn(points).map(({ index }) => Math.floor(index / 288))
  expect(days).toContain(5)
  expect(days.filter((day) => day > 7)).toEqual([])
})

test('one event raises one alarm, not one a point', () => {
  const shifted = alarmsIn(withEvent(series, at, 1000, (v) => 2 * v)).filter(({ index }) => index >= at && index < at + 100)
  expect(shifted).toHaveLength(1)
})

test('a quiet season raises few alarms', () => {
  expect(alarmsIn(seasonalSeries(8000, 2)).length).toBeLessThanOrEqual(8)
})

test('a counter raises no alarm when it rises or is reset, and one when it stands still', () => {
  let total = 0
  const counter = seasonalSeries(3000).map(({ t, v }, i) => {
    total = i === 1500 ? 0 : total + (i >= 2500 && i < 2600 ? 0 : v!)
    return { t, v: total }
  })
  const alarms = alarmsIn(counter, { metric: 'bytes_total' })
  expect(alarms.filter(({ index }) => index >= 1500 && index < 1510)).toEqual([])
  expect(alarms.some(({ index }) => index >= 2500 && index < 2512)).toBe(true)
})

test('most values lie within what was expected, and what is expected keeps to the bounds', () => {
  const detector = createDetector({ metric: 'latency', stepSeconds, min: 80, max: 120 })
  const inside = seasonalSeries(3000).map(({ t, v }) => {
    const bounded = Math.max(80, Math.min(120, v!))
    const [low, high] = detector.next({ t, v: bounded }).expected
    expect(low).toBeGreaterThanOrEqual(80)
    expect(high).toBeLessThanOrEqual(120)
    return low <= bounded && bounded <= high
  })
  expect(inside.slice(1000).filter(Boolean).length / 2000).toBeGreaterThan(0.9)
})
