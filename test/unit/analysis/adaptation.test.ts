import { describe, expect, test } from 'vitest'
import { boldness, concurrentTrials } from '../../../src/analysis/aggressiveness.ts'
import { autonomyLevel } from '../../../src/analysis/autonomy.ts'
import { cadenceMinutes } from '../../../src/analysis/cadence.ts'

describe('autonomy', () => {
  test('begins at 0.80, rises with every proven trial and falls with every other one', () => {
    expect(autonomyLevel({ proven: 0, unproven: 0 })).toBe(0.8)
    const thirteenOfFifteen = autonomyLevel({ proven: 13, unproven: 2 })
    expect(autonomyLevel({ proven: 14, unproven: 2 })).toBeGreaterThan(thirteenOfFifteen)
    expect(autonomyLevel({ proven: 13, unproven: 3 })).toBeLessThan(thirteenOfFifteen)
  })

  test('approaches 0.95 and never falls below 0.80', () => {
    expect(autonomyLevel({ proven: 10_000, unproven: 0 })).toBe(0.95)
    expect(autonomyLevel({ proven: 0, unproven: 10_000 })).toBe(0.8)
  })
})

describe('cadence', () => {
  const schedule = { minMinutes: 5, maxMinutes: 10 }

  test('is short while the fleet is unhealthy and long when it is calm', () => {
    const minutes = (['critical', 'high', 'medium', 'low', null] as const).map((worst) => cadenceMinutes(worst, schedule, 3))
    expect(minutes).toEqual([5, 6, 8, 9, 10])
  })

  test('quickens with the aggressiveness, within the limits', () => {
    expect([1, 3, 5].map((level) => cadenceMinutes('medium', schedule, level))).toEqual([10, 8, 5.5])
    expect(cadenceMinutes('critical', schedule, 5)).toBe(5)
  })
})

test('every level of aggressiveness is at least as bold as the one below', () => {
  for (const level of [2, 3, 4, 5]) {
    const [below, above] = [boldness(level - 1), boldness(level)]
    expect(above.stepFraction).toBeGreaterThan(below.stepFraction)
    expect(above.capFactor).toBeGreaterThanOrEqual(below.capFactor)
    expect(above.evidence).toBeLessThan(below.evidence)
    expect(above.bundleSize).toBeGreaterThanOrEqual(below.bundleSize)
    expect(above.cadenceFactor).toBeLessThan(below.cadenceFactor)
  }
  expect([1, 2, 3, 4, 5].map((level) => concurrentTrials(level, 2))).toEqual([1, 1, 2, 3, 4])
})
