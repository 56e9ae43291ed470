import { expect, test } from 'vitest'
import { getEffectScale } from '../../../src/analysis/statistics/effect-scale.ts'
import { computeWeightedSum, estimateWeightedSum, toWeightedParts } from '../../../src/analysis/statistics/weighted-sum.ts'
import { createCatalogue, getMetric, type MetricName, toKindAndDirection } from '../../../src/model/metric.ts'

const catalogue = createCatalogue([{ name: 'pages', kind: 'count', direction: 'higher', unit: 'pages', description: '' }])
const weighed = {
  costUsd: { weight: 0.5, reference: 2 },
  qualityScore: { weight: 0.3, reference: 0.8 },
  pages: { weight: 0.2, reference: 10 },
}
const parts = toWeightedParts(weighed, (name) => toKindAndDirection(getMetric(catalogue, name)))
const sumOf = (values: Record<MetricName, number>) => computeWeightedSum(parts, (name) => values[name])!
const before = { costUsd: 2, qualityScore: 0.8, pages: 10 }

test('the weighted sum is 1 at the references', () => {
  expect(sumOf(before)).toBeCloseTo(1)
})

test.each([
  [{ costUsd: 1 }, 0.75],
  [{ costUsd: 4 }, 1.5],
  [{ qualityScore: 0.9 }, 0.97],
  [{ qualityScore: 0.7 }, 1.03],
  [{ pages: 15 }, 0.9],
  [{ pages: 40 }, 0.4],
  [{ pages: 110 }, -1],
])('%j makes it %d: less is better, a point counts like a percent, and every metric counts in proportion', (change, sum) => {
  expect(sumOf({ ...before, ...change })).toBeCloseTo(sum)
})

test('the mean of the sums of executions is the sum of the means, however seldom a gain comes', () => {
  const pages = [0, 0, 0, 40]
  const sums = pages.map((count) => sumOf({ ...before, pages: count }))
  expect(sums.reduce((sum, each) => sum + each) / 4).toBeCloseTo(sumOf(before))
})

test('without one of its metrics there is none', () => {
  expect(computeWeightedSum(parts, (name) => (name === 'pages' ? undefined : 1))).toBeUndefined()
})

test('an estimate has the error that follows from those of its metrics', () => {
  const figure = (name: MetricName, value: number, standardError: number) => ({
    value: getEffectScale(getMetric(catalogue, name)).toScale(value),
    standardError,
  })
  const figures = {
    costUsd: figure('costUsd', 1, 0.1),
    qualityScore: figure('qualityScore', 0.8, 0),
    pages: figure('pages', 10, 0),
  }
  const { value, standardError } = estimateWeightedSum(weighed, figures, catalogue)!
  expect(Math.exp(value)).toBeCloseTo(0.75)
  // 10% of 1 USD, at a weight of a half of 2 USD.
  expect(standardError).toBeCloseTo((0.5 * 0.1) / 2 / 0.75)
  expect(estimateWeightedSum(weighed, { costUsd: figures.costUsd }, catalogue)).toBeUndefined()
})
