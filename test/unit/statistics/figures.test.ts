import { describe, expect, test } from 'vitest'
import {
  compareFigures,
  computeMean,
  computeQuantile,
  computeRate,
  computeVariance,
} from '../../../src/analysis/statistics/figures.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { mean, variance } from '../../../src/analysis/statistics/summaries.ts'

const random = createSeededRandom('figures')
const exponential = (scale: number) => -scale * Math.log(1 - random.uniform())
const samples = (n: number, scale = 100) => Array.from({ length: n }, () => exponential(scale))

describe.each([
  ['mean', 100, computeMean],
  ['95th percentile', 299.6, (values: number[]) => computeQuantile(values, 0.95)],
  ['variance', 10_000, computeVariance],
] as const)('the standard error of the %s', (_name, truth, compute) => {
  test('is how far the figure scatters from sample to sample', () => {
    const figures = Array.from({ length: 400 }, () => compute(samples(200))!)
    const scatter = Math.sqrt(variance(figures.map(({ value }) => value)))
    const told = mean(figures.map(({ standardError }) => standardError))
    expect(mean(figures.map(({ value }) => value))).toBeGreaterThan(0.9 * truth)
    expect(mean(figures.map(({ value }) => value))).toBeLessThan(1.1 * truth)
    expect(told / scatter).toBeGreaterThan(0.75)
    expect(told / scatter).toBeLessThan(1.3)
  })
})

test('a rate is the mean of its sources, with the scatter of their gaps', () => {
  const series = (gapMs: number) => {
    let at = 0
    return Array.from({ length: 200 }, () => {
      at += exponential(gapMs)
      return at
    })
  }
  const rates = Array.from({ length: 200 }, () => computeRate([series(1_000), series(3_000)])!)
  expect(mean(rates.map(({ value }) => value))).toBeCloseTo(40, -0.5)
  const scatter = Math.sqrt(variance(rates.map(({ value }) => value)))
  expect(mean(rates.map(({ standardError }) => standardError)) / scatter).toBeCloseTo(1, 0)
  expect(computeRate([[1, 2], []])).toBeUndefined()
})

test('figures are compared in percent of a quantity and in points of a proportion', () => {
  const time = { kind: 'continuous', direction: 'lower' } as const
  const compared = compareFigures(
    time,
    { value: 200, standardError: 4, samples: 50 },
    { value: 100, standardError: 2, samples: 50 },
  )!
  expect(compared.improvement).toBeCloseTo(50)
  expect(compared.interval[0]).toBeGreaterThan(45)
  expect(compared.interval[1]).toBeLessThan(55)
  const share = { kind: 'proportion', direction: 'higher' } as const
  const worse = compareFigures(
    share,
    { value: 0.8, standardError: 0.02, samples: 50 },
    { value: 0.7, standardError: 0.02, samples: 50 },
  )!
  expect(worse.improvement).toBeCloseTo(-10)
  expect(worse.interval[1]).toBeLessThan(0)
  const zero = { value: 0, standardError: 0, samples: 50 }
  expect(compareFigures(time, zero, zero)).toBeNull()
})
