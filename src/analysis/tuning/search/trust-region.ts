/** The trust region: how far from the best a trial may go, further after a success, less far after failures. */

/** As shares of a knob's range. */
export const INITIAL_TRUST_RADIUS = 0.3
const FARTHEST = 0.35
const NEAREST = 0.04
const PATIENCE = 3

export function adaptTrustRegion(
  { reach, failures }: { reach: number; failures: number },
  won: boolean,
): { reach: number; failures: number } {
  if (won) return { reach: Math.min(FARTHEST, reach * 1.4), failures: 0 }
  if (failures + 1 < PATIENCE) return { reach, failures: failures + 1 }
  return { reach: Math.max(NEAREST, reach * 0.75), failures: 0 }
}
