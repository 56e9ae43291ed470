import { scaleConcurrentTrials } from '../analysis/policy/aggressiveness.ts'
import type { TrialLimits } from '../model/trial-limits.ts'

/** Slots for everything else: compensations, which must not wait, deliveries, plans and the monitoring. */
const roomForOthers = 100
const maxAggressiveness = 5

/**
 * The number of activities that a worker runs at the same time. Each trial within a cycle is observed by one activity for as long as it lasts,
 * and those outside cycles may all be examined together.
 */
export function countActivitySlots({ concurrent, concurrentLong }: Pick<TrialLimits, 'concurrent' | 'concurrentLong'>): number {
  const trials = [concurrent, concurrentLong].map((configured) => scaleConcurrentTrials(maxAggressiveness, configured))
  return trials.reduce((sum, most) => sum + most, roomForOthers)
}
