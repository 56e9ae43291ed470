import { expect, test } from 'vitest'
import { generateSeries, HORIZON } from '../../../bench/forecasting/series.ts'
import { forecastSeries } from '../../../src/analysis/observing/forecasting/forecast-series.ts'

const codeOf = (run: () => unknown) => {
  try {
    return run()
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('a season goes on', () => {
  const wave = (i: number) => 100 + 50 * Math.sin((2 * Math.PI * i) / 24)
  const forecast = forecastSeries(
    Array.from({ length: 240 }, (_, i) => wave(i)),
    { steps: 24, season: 24, min: 0 },
  )
  for (const [i, { median }] of forecast.entries()) expect(Math.abs(median - wave(240 + i))).toBeLessThan(8)
})

test('the 80% intervals of generated series hold about 80%', () => {
  const held = Array.from({ length: 45 }, (_, seed) => {
    const { history, future, min, max } = generateSeries(9000 + seed)
    const steps = forecastSeries(history, { steps: HORIZON, season: 24, min, max })
    return future.filter((value, i) => value >= steps[i]!.quantile(0.1) && value <= steps[i]!.quantile(0.9)).length / HORIZON
  })
  const share = held.reduce((sum, each) => sum + each, 0) / held.length
  expect(share).toBeGreaterThan(0.72)
  expect(share).toBeLessThan(0.88)
})

test('forecasts stay within what is possible, and quantiles are in order', () => {
  const values = Array.from({ length: 60 }, (_, i) => Math.min(1, 0.9 + 0.002 * i + (i % 3) * 0.01))
  for (const step of forecastSeries(values, { steps: 30, min: 0, max: 1 })) {
    const quantiles = [0.01, 0.1, 0.5, 0.9, 0.99].map((share) => step.quantile(share))
    expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b))
    expect(quantiles.every((value) => value >= 0 && value <= 1)).toBe(true)
  }
})

test('ten values with gaps are enough; one value and bad options are refused', () => {
  const ten = [5, null, 6, 5, 7, Number.NaN, 6, 5, 6, 7, 5, 6]
  expect(Number.isFinite(forecastSeries(ten, { steps: 3 })[2]!.median)).toBe(true)
  expect(forecastSeries(new Array(10).fill(4), { steps: 1, season: 24 })[0]!.median).toBe(4)
  expect(codeOf(() => forecastSeries([1], { steps: 1 }))).toBe('invalid-series')
  expect(codeOf(() => forecastSeries(new Array(20).fill(null), { steps: 1 }))).toBe('invalid-series')
  for (const steps of [0, 1.5, Number.NaN])
    expect(codeOf(() => forecastSeries(new Array(20).fill(1), { steps }))).toBe('invalid-forecast')
  expect(codeOf(() => forecastSeries(new Array(20).fill(1), { steps: 1, season: 0 }))).toBe('invalid-forecast')
})
