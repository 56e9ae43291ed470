import { expect, test } from 'vitest'
import { estimateDisplayedEffect, estimateEffect, estimateMetric } from '../../../src/analysis/statistics/effects.ts'
import { createCatalogue, findBuiltInMetric, getMetric } from '../../../src/model/metric.ts'

const successRate = findBuiltInMetric('successRate')!
const measured = (samples: number, successRate: number) => ({
  samples,
  successRate,
  responseTimeP50: null,
  responseTimeMean: null,
  coordinationScore: null,
})

test('a few successes without a failure leave the failure rate uncertain', () => {
  expect(estimateMetric(successRate, measured(20, 1))!.standardError).toBeGreaterThan(3)
  expect(estimateMetric(successRate, measured(20, 0))!.standardError).toBeGreaterThan(3)
  expect(estimateMetric(successRate, measured(2000, 1))!.standardError).toBeLessThan(0.1)
  expect(estimateMetric(successRate, measured(100, 0.8))!.standardError).toBeCloseTo(4)
})

const retries = getMetric(
  createCatalogue([{ name: 'retries', unit: '', kind: 'count', direction: 'lower', description: '' }]),
  'retries',
)
/** The effect on retries, of which each execution has a random number (Poisson). */
function compareRetries(before: number, after: number, samples = 80) {
  const arm = (mean: number) => ({
    ...measured(samples, 1),
    reported: { retries: { mean, standardError: Math.sqrt(mean / samples), samples } },
  })
  return { target: 'responseTime', improvement: 10, interval: null, metrics: { before: arm(before), after: arm(after) } }
}

test('a count that is 0 in one arm counts as half an event there', () => {
  const fewer = estimateEffect(retries, compareRetries(0.1, 0))!
  expect(fewer.estimate).toBeCloseTo(Math.log(0.5 / 8))
  expect(fewer.interval![0]).toBeLessThan(fewer.estimate)
  expect(fewer.interval![1]).toBeGreaterThan(0)
  expect(estimateEffect(retries, compareRetries(0, 0.1))!.estimate).toBeCloseTo(-fewer.estimate)
  const many = estimateEffect(retries, compareRetries(1, 0))!
  expect(many.interval![1]).toBeLessThan(0)
})

test('a count that is 0 in both arms has no effect, but not for certain', () => {
  const { estimate, interval } = estimateEffect(retries, compareRetries(0, 0))!
  expect(estimate).toBe(0)
  expect(interval![0]).toBeCloseTo(-interval![1])
  expect(interval![1]).toBeGreaterThan(3)
})

test('what is shown of a count of 0 are the figures themselves', () => {
  expect(estimateDisplayedEffect(retries, compareRetries(0.1, 0))).toBeNull()
  expect(estimateDisplayedEffect(retries, compareRetries(0.1, 0.05))).not.toBeNull()
})
