import { describe, expect, test } from 'vitest'
import { computeBoundExcess, findBoundViolations } from '../../../src/analysis/observing/bounds.ts'
import { computeExecutionMetrics } from '../../../src/analysis/observing/profiles/database.ts'
import { computeQuantileRange } from '../../../src/analysis/statistics/plausible-range.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { builtInCatalogue, getMetric } from '../../../src/model/metric.ts'
import { agentProfile, now } from '../../support/profiles.ts'

const subjectTo = [
  { metric: 'qualityScore', min: 0.8 },
  { metric: 'responseTime', quantile: 0.95 as const, max: 3000 },
]
/** The violations of an agent with these durations and scores. */
function violationsOf({ durationsMs = [100], scores = [0.9] }: { durationsMs?: number[]; scores?: number[] }) {
  const figures = computeExecutionMetrics(undefined, now, { durationsMs, reported: { qualityScore: scores } })
  return findBoundViolations({ subjectTo }, agentProfile('bot', figures), builtInCatalogue).map(({ metric }) => metric.name)
}
const times = (count: number, value: number) => Array<number>(count).fill(value)

describe('a bound on a quantile', () => {
  test('is violated if more executions are beyond it than chance explains', () => {
    expect(violationsOf({ durationsMs: [...times(270, 1000), ...times(30, 3700)] })).toEqual(['responseTime'])
  })

  test('is not violated by a few executions more than its share', () => {
    // 6% and 8% are beyond the limit, where 5% may be.
    expect(violationsOf({ durationsMs: [...times(47, 1000), ...times(3, 3700)] })).toEqual([])
    expect(violationsOf({ durationsMs: [...times(46, 1000), ...times(4, 3700)] })).toEqual([])
    expect(violationsOf({ durationsMs: [...times(282, 1000), ...times(18, 3700)] })).toEqual([])
  })

  test('is hardly ever violated by an agent that just keeps it', () => {
    const random = createSeededRandom('bounds')
    const durations = () => Array.from({ length: 300 }, () => (random.uniform() < 0.05 ? 4000 : 1000))
    const violated = Array.from({ length: 200 }, () => violationsOf({ durationsMs: durations() })).filter(
      ({ length }) => length > 0,
    )
    expect(violated.length).toBeLessThan(20)
  })
})

test('a bound on a mean is violated if its samples show that', () => {
  const scores = (bad: number, good: number) => [...times(bad, 0), ...times(good, 1)]
  expect(violationsOf({ scores: scores(20, 30) })).toEqual(['qualityScore'])
  expect(violationsOf({ scores: scores(13, 37) })).toEqual([])
  expect(violationsOf({ scores: [0] })).toEqual([])
})

test('a bound on a mean of few scores is hardly ever violated by an agent that just keeps it, at the many looks of a day', () => {
  const random = createSeededRandom('few scores')
  const collect = (level: number) => Array.from({ length: 16 }, () => level + 0.52 * (random.uniform() - 0.5))
  const violated = (level: number) => Array.from({ length: 1_000 }, () => violationsOf({ scores: collect(level) })).flat().length
  // 1% by design; with the normal quantile of 95% it was 56 of 1,000.
  expect(violated(0.8)).toBeLessThan(20)
  expect(violated(0.7)).toBeGreaterThan(400)
})

test('the range of a quantile comes from the binomial distribution', () => {
  const values = Array.from({ length: 300 }, (_, index) => index + 1)
  // P(Y ≥ 25) = 0.9% and P(Y ≤ 6) = 0.7% for Y ~ Bin(300, 0.05).
  expect(computeQuantileRange(values, 0.95)).toEqual({ low: 276, high: 294 })
  expect(computeQuantileRange([1, 2], 0.95)).toEqual({ low: 1 })
  expect(computeQuantileRange([], 0.95)).toEqual({})
})

test.each([
  [{ metric: 'qualityScore', min: 0.8 }, 0.785, 0],
  [{ metric: 'qualityScore', min: 0.8 }, 0.77, 0.03],
  [{ metric: 'qualityScore', min: 0.8, tolerance: 0.05 }, 0.77, 0],
  [{ metric: 'costUsd', max: 0.004 }, 0.0041, 0],
  [{ metric: 'costUsd', max: 0.004 }, 0.005, 0.25],
])('with the bound %j, %d is too far by %d', (bound, value, excess) => {
  expect(computeBoundExcess(bound, value, getMetric(builtInCatalogue, bound.metric))).toBeCloseTo(excess, 10)
})
