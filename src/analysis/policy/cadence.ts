import type { Severity } from '../../model/bottleneck.ts'
import { getAggressivenessSettings } from './aggressiveness.ts'

/** How close to the shortest interval the worst bottleneck brings the next cycle, 0–1. */
const urgency: Record<Severity, number> = { critical: 1, high: 0.8, medium: 0.4, low: 0.2 }

/**
 * Minutes until the next cycle (B1, B16), in steps of half a minute within the schedule's limits: the worse the fleet's
 * worst bottleneck and the higher the aggressiveness, the sooner; `null` (no bottleneck) waits longest.
 */
export function computeCadenceMinutes(
  worst: Severity | null,
  schedule: { minMinutes: number; maxMinutes: number },
  aggressiveness: number,
): number {
  const { minMinutes, maxMinutes } = schedule
  const calm = maxMinutes - (worst ? urgency[worst] : 0) * (maxMinutes - minMinutes)
  const minutes = Math.round(calm * getAggressivenessSettings(aggressiveness).cadenceFactor * 2) / 2
  return Math.min(maxMinutes, Math.max(minMinutes, minutes))
}
