import { expect, test } from 'vitest'
import { estimateMetric } from '../../../src/analysis/statistics/effects.ts'
import { findBuiltInMetric } from '../../../src/model/metric.ts'

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
