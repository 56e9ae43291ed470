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
  expect(compared.interval![0]).toBeGreaterThan(45)
  expect(compared.interval![1]).toBeLessThan(55)
  const share = { kind: 'proportion', direction: 'higher' } as const
  const worse = compareFigures(
    share,
    { value: 0.8, standardError: 0.02, samples: 50 },
    { value: 0.7, standardError: 0.02, samples: 50 },
  )!
  expect(worse.improvement).toBeCloseTo(-10)
  expect(worse.interval![1]).toBeLessThan(0)
  const zero = { value: 0, standardError: 0, samples: 50 }
  expect(compareFigures(time, zero, zero)).toBeNull()
})

describe('the interval of an improvement', () => {
  const time = { kind: 'continuous', direction: 'lower' } as const
  const lognormal = () =>
    Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform()))
  const withOutliers = () => lognormal() * (random.uniform() < 0.02 ? 5 : 1)
  const draw = (n: number, value: () => number) => Array.from({ length: n }, value)

  const sizes = [
    [43, 55],
    [67, 43],
    [160, 160],
  ] as const
  const kinds = [
    ['mean', computeMean, lognormal],
    ['95th percentile', (values: number[]) => computeQuantile(values, 0.95), lognormal],
    ['variance', computeVariance, lognormal],
    ['variance, with outliers,', computeVariance, withOutliers],
  ] as const
  test.each(kinds.flatMap((kind) => sizes.map((size) => [...kind, ...size] as const)))(
    'of the %s excludes no effect in 6% of pairs at most, where there is none',
    (_name, compute, value, control, candidate) => {
      const wrong = Array.from({ length: 1_000 }, () => {
        const { interval } = compareFigures(time, compute(draw(control, value))!, compute(draw(candidate, value))!)!
        return interval !== null && interval[0] * interval[1] > 0
      })
      expect(wrong.filter(Boolean).length / wrong.length).toBeLessThan(0.065)
    },
  )

  test('of a slow tail and of a spread is there where the samples are enough, and shows a clear change', () => {
    const [before, after] = [draw(400, lognormal), draw(400, lognormal).map((value) => 1 + (value - 1) / 3)]
    for (const [, compute] of kinds.slice(1, 3)) {
      expect(compareFigures(time, compute(before)!, compute(after)!)!.interval![0]).toBeGreaterThan(0)
      const few = compute(before.slice(0, 20))!
      expect(few.interval).toBeNull()
      expect(compareFigures(time, compute(before)!, few)).toMatchObject({ improvement: expect.any(Number), interval: null })
    }
  })

  test('is left out below ten values, and is wider than a normal one above', () => {
    const of = (samples: number) =>
      compareFigures(time, { value: 1, standardError: 0.1, samples }, { value: 1, standardError: 0.1, samples })!.interval
    expect(of(9)).toBeNull()
    expect(of(10)![0]).toBeLessThan(1.1 * of(1_000)![0])
    expect(of(10)![0]).toBeGreaterThan(1.5 * of(1_000)![0])
  })
})

test('a share of which every event was alike is not certain', () => {
  const share = { name: 'errorRate', direction: 'lower', kind: 'proportion' } as const
  const alike = (value: number, samples: number) => ({ value, standardError: 0, samples })
  const [low, high] = compareFigures(share, alike(0, 20), alike(0, 20))!.interval!
  expect(low).toBeLessThan(-3)
  expect(high).toBeGreaterThan(3)
  expect(compareFigures(share, alike(1, 20), alike(0, 20))!.interval![0]).toBeGreaterThan(80)
})
