import { expect, test } from 'vitest'
import { normalCdf, partialExpectation } from '../../../src/analysis/statistics/normal.ts'
import {
  meanIgnoringNulls,
  normalizeLogWeights,
  variance,
  weightedMean,
  weightedQuantile,
} from '../../../src/analysis/statistics/summaries.ts'

test('means without any known value are null', () => {
  expect(meanIgnoringNulls([null, undefined])).toBeNull()
  expect(meanIgnoringNulls([null, 2, 4])).toBe(3)
  expect(weightedMean([{ value: 7, weight: 0 }])).toBeNull()
  expect(
    weightedMean([
      { value: 1, weight: 3 },
      { value: 5, weight: 1 },
    ]),
  ).toBe(2)
})

test('the variance of a sample has one degree of freedom less', () => {
  expect(variance([1, 2, 3])).toBeCloseTo(2 / 3)
  expect(variance([1, 2, 3], 1)).toBe(1)
  expect(variance([5], 1)).toBe(0)
})

test('weights from logarithms sum to 1 even if the numbers themselves would overflow', () => {
  const [most, least] = normalizeLogWeights([5_000 + Math.log(3), 5_000])
  expect(most).toBeCloseTo(0.75)
  expect(least).toBeCloseTo(0.25)
})

test('a weighted quantile interpolates between the midpoints of the weights, and never lies outside the values', () => {
  const values = [
    { value: 0, weight: 1 },
    { value: 10, weight: 1 },
  ]
  expect([0.25, 0.5, 0.75].map((share) => weightedQuantile(values, share))).toEqual([0, 5, 10])
  expect(weightedQuantile(values, 0.01)).toBe(0)
  expect(weightedQuantile(values, 0.99)).toBe(10)
})

test('the partial expectation of a normal distribution is its mean if everything counts, and that of the tail if little does', () => {
  expect(partialExpectation(3, 1, -20)).toBeCloseTo(3)
  expect(partialExpectation(0, 1)).toBeCloseTo(1 / Math.sqrt(2 * Math.PI))
  expect(partialExpectation(-9, 1)).toBeGreaterThan(-9 * normalCdf(-9))
})
