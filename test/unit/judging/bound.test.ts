import { describe, expect, test } from 'vitest'
import { assessBound, type LevelBound } from '../../../src/analysis/judging/bound.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'

const share = { kind: 'proportion', direction: 'higher' } as const
const time = { kind: 'continuous', direction: 'lower' } as const
const { uniform } = createSeededRandom('bounds')
const samples = (count: number, value: () => number) =>
  Array.from({ length: count }, (_, i) => ({ at: i * 1_000, value: value(), instance: 'a' }))
const level = 0.025

/** A quality score around a mean. */
const score = (mean: number) => () => Math.min(1, Math.max(0, mean + 0.3 * (uniform() - 0.5)))

describe('a bound on a score', () => {
  const bound: LevelBound = { limit: 0.8, side: 'min', tolerance: 0.02 }

  test.each([
    [0.86, { isWithin: true, isBeyond: false, seemsBeyond: false, isFarBeyond: false, seemsFarBeyond: false }],
    [0.7, { isWithin: false, isBeyond: true, seemsBeyond: true, isFarBeyond: true, seemsFarBeyond: true }],
  ])('is clear at a mean of %d', (mean, standing) => {
    expect(assessBound(samples(120, score(mean)), bound, share, level)).toEqual(standing)
  })

  test('is not proven by few samples, however good they look', () => {
    expect(assessBound(samples(10, score(0.84)), bound, share, level)).toMatchObject({ isWithin: false, isBeyond: false })
    // Ten successes out of ten may well come from a share of 75%.
    expect(
      assessBound(
        samples(10, () => 1),
        bound,
        share,
        level,
      ),
    ).toMatchObject({ isWithin: false, isBeyond: false })
  })

  test('that is violated by more than the tolerance is rarely taken for met', () => {
    const met = Array.from({ length: 200 }, () => assessBound(samples(100, score(0.775)), bound, share, level).isWithin)
    expect(met.filter(Boolean).length).toBeLessThanOrEqual(8)
  })
})

describe('a bound on a quantile', () => {
  const bound: LevelBound = { limit: 3_000, side: 'max', quantile: 0.95, tolerance: 0.05 }
  /** The share of values above 3 s is `slow`; how slow they are does not matter. */
  const times = (slow: number) => () => (uniform() < slow ? 3_500 + 20_000 * uniform() : 500 + 1_500 * uniform())

  test('is met if few enough values are beyond it', () => {
    expect(assessBound(samples(300, times(0.01)), bound, time, level)).toMatchObject({
      isWithin: true,
      isBeyond: false,
      seemsBeyond: false,
    })
  })

  test('is not met if too many are', () => {
    expect(assessBound(samples(300, times(0.15)), bound, time, level)).toMatchObject({ isWithin: false, isBeyond: true })
  })

  test('is open in between', () => {
    expect(assessBound(samples(60, times(0.04)), bound, time, level)).toMatchObject({ isWithin: false, isBeyond: false })
  })
})

test('a bound on the mean of a quantity counts what it adds up to', () => {
  const bound: LevelBound = { limit: 100, side: 'max', tolerance: 0.05 }
  expect(
    assessBound(
      samples(200, () => 50 + 60 * uniform()),
      bound,
      time,
      level,
    ),
  ).toMatchObject({ isWithin: true })
  expect(
    assessBound(
      samples(200, () => (uniform() < 0.1 ? 2_000 : 50)),
      bound,
      time,
      level,
    ),
  ).toMatchObject({ isBeyond: true })
  expect(
    assessBound(
      samples(50, () => 70),
      bound,
      time,
      level,
    ),
  ).toMatchObject({ isWithin: true, isBeyond: false })
})

describe('a bound on a ratio of sums whose units never come', () => {
  const bound: LevelBound = { limit: 2, side: 'max', tolerance: 0 }
  const failing = (count: number, value: number) =>
    assessBound(
      samples(count, () => value).map((sample) => ({ ...sample, per: 0 })),
      bound,
      time,
      level,
    )

  test('is proven to be exceeded once units would have come by chance', () => {
    expect(failing(20, 1)).toMatchObject({ isWithin: false, isBeyond: true, seemsBeyond: true })
    expect(failing(3, 1)).toMatchObject({ isWithin: false, isBeyond: false, seemsBeyond: true })
  })

  test('is not exceeded by nothing', () => {
    expect(failing(20, 0)).toMatchObject({ isWithin: false, isBeyond: false, seemsBeyond: false })
  })
})
