import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDetector, type DetectorOptions } from '../../../src/analysis/anomalies/index.ts'
import { seasonalSeries, stepSeconds } from './series.ts'

const options: DetectorOptions = { metric: 'latency', stepSeconds }
const series = seasonalSeries(1200)
const run = (points = series, changes: Partial<DetectorOptions> = {}) => {
  const detector = createDetector({ ...options, ...changes })
  return { detections: points.map((point) => detector.next(point)), detector }
}
const refusedFor = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

test.each<[string, Partial<DetectorOptions>, RegExp]>([
  ['without a name', { metric: '' }, /no name/],
  ['without a step', { stepSeconds: 0 }, /above 0/],
  ['with an infinite step', { stepSeconds: Number.POSITIVE_INFINITY }, /above 0/],
  ['with bounds that leave nothing', { min: 1, max: 1 }, /min below max/],
  ['with a bound that is no number', { min: Number.NaN }, /min below max/],
  ['with an unknown season', { seasonality: 'monthly' as 'daily' }, /none, daily or weekly/],
])('a detector %s cannot be created', (_, changes, message) => {
  expect(() => run([], changes)).toThrow(refusedFor('invalid-detector-options', message))
})

test('a time that is no number is refused', () => {
  expect(() => run([{ t: Number.NaN, v: 1 }])).toThrow(refusedFor('invalid-time', /NaN/))
})

test('NaN, infinities and values that are left out count as missing', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined as unknown as null]
  const withOdd = series.map(({ t, v }, i) => ({ t, v: i % 50 === 0 ? odd[(i / 50) % 4]! : v }))
  const withNull = series.map(({ t, v }, i) => ({ t, v: i % 50 === 0 ? null : v }))
  expect(run(withOdd).detections).toEqual(run(withNull).detections)
})

test('duplicates and points from the past are ignored', () => {
  const repeated = series.flatMap((point, i) =>
    i % 7 === 3 ? [point, { ...point, v: 9999 }, { t: point.t - 1, v: -9999 }] : [point],
  )
  expect(run(repeated).detector.state).toEqual(run().detector.state)
})

test('after the clock was set back for good, the detector goes on', () => {
  const { detector } = run()
  const back = series.map(({ t, v }) => ({ t: t - 86_400_000 * 30, v }))
  back.slice(0, 400).forEach((point) => {
    detector.next(point)
  })
  expect(detector.next({ t: back[400]!.t, v: 1000 }).score).toBeGreaterThan(0.5)
})

test('a series of one value, of ten points or of nothing raises no alarm', () => {
  const constant = series.map(({ t }) => ({ t, v: 5 }))
  const nothing = series.map(({ t }) => ({ t, v: null }))
  for (const points of [constant, series.slice(0, 10), nothing])
    for (const { score } of run(points).detections) expect(score).toBeLessThan(0.5)
})

describe('a saved state', () => {
  test('of another version, of another series or damaged is refused with the remedy', () => {
    const { state } = run().detector
    const restored = (changes: object, other: Partial<DetectorOptions> = {}) =>
      run([], { ...other, state: { ...state, ...changes } })
    expect(() => restored({ version: 0 })).toThrow(refusedFor('detector-state-version', /version 0.*omit `state`/))
    expect(() => restored({}, { metric: 'cpu' })).toThrow(refusedFor('detector-state-series', /another series/))
    expect(() => restored({}, { stepSeconds: 60 })).toThrow(refusedFor('detector-state-series', /another series/))
    const { tails, windows } = state.model
    const damaged = [
      {},
      { ...state.model, tails: tails.slice(1) },
      { ...state.model, tails: tails.map((tail) => ({ ...tail, newer: tail.newer.slice(4) })) },
      { ...state.model, windows: { ...windows, residuals: windows.residuals.map(String) } },
    ]
    for (const model of damaged) expect(() => restored({ model })).toThrow(refusedFor('detector-state-invalid', /damaged/))
    expect(() => run([], { state: null as never })).toThrow(refusedFor('detector-state-invalid', /not a detector state/))
  })

  test('continues with identical results, wherever the detector was stopped', () => {
    const { detections } = run()
    fc.assert(
      fc.property(fc.integer({ min: 0, max: series.length }), (stop) => {
        const state = JSON.parse(JSON.stringify(run(series.slice(0, stop)).detector.state))
        expect(run(series.slice(stop), { state }).detections).toEqual(detections.slice(stop))
      }),
      { numRuns: 8 },
    )
  })

  test('is not changed by the detector that returned it or that was created with it', () => {
    const { detector } = run()
    const { state } = detector
    const saved = JSON.stringify(state)
    detector.next({ t: series.at(-1)!.t + 1000, v: 1 })
    createDetector({ ...options, state }).next({ t: series.at(-1)!.t + 1000, v: 1 })
    expect(JSON.stringify(state)).toBe(saved)
  })
})

test('any values at any times have a score from 0 to 1 and an interval, and leave a state below 100 KB that can be restored', () => {
  const value = fc.option(fc.oneof(fc.double(), fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 1e300, -1e300, 5e-324)))
  const step = fc.oneof(fc.constant(300_000), fc.integer({ min: -1000, max: 86_400_000 }))
  fc.assert(
    fc.property(fc.array(fc.record({ step, value }), { minLength: 160, maxLength: 500 }), (steps) => {
      let t = 0
      const points = steps.map(({ step, value }) => {
        t += step
        return { t, v: value }
      })
      const { detections, detector } = run(points)
      for (const { score, expected } of detections) {
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(expected[0]).toBeLessThanOrEqual(expected[1])
      }
      const json = JSON.stringify(detector.state)
      expect(json.length).toBeLessThan(100_000)
      expect(JSON.stringify(createDetector({ ...options, state: JSON.parse(json) }).state)).toBe(json)
    }),
    { numRuns: 40 },
  )
})
