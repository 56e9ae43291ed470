import { detectBottlenecks } from '../../src/analysis/observing/detection.ts'
import { generateStrategies, type StrategyRequest } from '../../src/analysis/planning/strategies/index.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { Snapshot } from '../../src/model/profile.ts'
import { defaultThresholds } from '../../src/model/thresholds.ts'
import { knobsFor, now } from './profiles.ts'

/** The plan of a cycle with the default settings against the bottlenecks of a snapshot. */
export function planFor(seen: Snapshot, known: Partial<StrategyRequest> = {}) {
  return generateStrategies({
    bottlenecks: detectBottlenecks(seen, defaultThresholds),
    snapshot: seen,
    thresholds: defaultThresholds,
    knobs: knobsFor(seen),
    experience: [],
    policy: defaultPolicy,
    now,
    random: () => 0.5,
    ...known,
  })
}
