/** The trust region: how far from the best a trial may go, further after a success, less far after failures. */
import { type KnownPoint, OWN_TASK } from '../known-points.ts'
import type { ResponseModel } from '../response-model.ts'
import type { KnobPoint, Space } from '../space/space.ts'

/** As shares of a knob's range. */
export const INITIAL_TRUST_RADIUS = 0.3
const FARTHEST = 0.35
const NEAREST = 0.15
const PATIENCE = 3
/** Minimum improvement that counts as a success. */
const WORTHWHILE = 0.02

/**
 * The trust region after all measurements of the agent, whether they were asked for or not: a new configuration is a success if it is
 * believed to be better than all before it. Repeated measurements are neither.
 */
export function measureTrustRadius(space: Space, known: readonly KnownPoint[], belief: ResponseModel): number {
  let best = Infinity
  let adapted = { reach: INITIAL_TRUST_RADIUS, failures: 0 }
  const earlier: KnobPoint[] = []
  known.forEach(({ task, point }, i) => {
    if (task !== OWN_TASK || earlier.some((other) => space.isSame(other, point))) return
    const cost = belief.fitted[i]!
    if (earlier.length > 0) adapted = adaptTrustRegion(adapted, cost < best - WORTHWHILE)
    best = Math.min(best, cost)
    earlier.push(point)
  })
  return adapted.reach
}

export function adaptTrustRegion(
  { reach, failures }: { reach: number; failures: number },
  won: boolean,
): { reach: number; failures: number } {
  if (won) return { reach: Math.min(FARTHEST, reach * 1.4), failures: 0 }
  if (failures + 1 < PATIENCE) return { reach, failures: failures + 1 }
  return { reach: Math.max(NEAREST, reach * 0.75), failures: 0 }
}
