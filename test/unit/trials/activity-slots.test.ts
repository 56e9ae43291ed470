import { expect, test } from 'vitest'
import { countActivitySlots } from '../../../src/activities/activity-slots.ts'
import { scaleConcurrentTrials } from '../../../src/analysis/policy/aggressiveness.ts'

test('however many trials are observed, a worker has a hundred slots for compensations and everything else', () => {
  for (const [concurrent, concurrentLong] of [
    [2, 4],
    [1_000, 1_000],
  ] as const) {
    const observed = Math.max(
      ...[1, 2, 3, 4, 5].map((level) => scaleConcurrentTrials(level, concurrent) + scaleConcurrentTrials(level, concurrentLong)),
    )
    expect(countActivitySlots({ concurrent, concurrentLong }) - observed).toBe(100)
  }
})
