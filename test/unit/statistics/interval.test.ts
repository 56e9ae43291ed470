import { describe, expect, test } from 'vitest'
import { createBoundary } from '../../../src/analysis/statistics/group-sequential.ts'
import { computeStandardError, INTERVAL_ALPHA, intervalAround } from '../../../src/analysis/statistics/interval.ts'
import { normalQuantile } from '../../../src/analysis/statistics/normal.ts'

describe('the standard error behind an interval', () => {
  test('is the one from which an interval at one look was computed', () => {
    expect(computeStandardError(intervalAround(7, 3), 'at-one-look')).toBeCloseTo(3)
  })

  test('is smaller for an interval of the same width that is valid at every look', () => {
    expect(computeStandardError([-10, 10], 'at-every-look')).toBeLessThan(computeStandardError([-10, 10], 'at-one-look'))
  })

  test('lies between the boundary’s values halfway through a trial and at its end', () => {
    const looks = Array.from({ length: 20 }, (_, i) => (i + 1) / 20)
    const { levels } = createBoundary(looks, INTERVAL_ALPHA)
    const [half, end] = [levels[9]!, levels[19]!].map((level) => -10 / normalQuantile(level))
    const taken = computeStandardError([-10, 10], 'at-every-look')
    expect(taken).toBeGreaterThan(half!)
    expect(taken).toBeLessThan(end!)
  })
})
