import { severityRank } from '../../model/bottleneck.ts'
import { defaultTraits, type PersonalityTraits } from '../../model/identity.ts'
import type { Strategy } from '../../model/strategy.ts'
import { getAggressivenessSettings } from '../policy/aggressiveness.ts'
import { weighMetric } from '../policy/traits.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { createSeededRandom } from '../statistics/random.ts'

export interface Exploration {
  /** The same seed gives the same order. */
  seed: string
  /** 1–5. */
  aggressiveness: number
  /** The traits of the optimizer, which weigh the metrics; if omitted, the documented ones. */
  traits?: PersonalityTraits
}

/**
 * The order in which strategies are carried out (B7): by severity, then expected improvement, then shorter implementation time.
 * The expected improvement is drawn from its posterior (Thompson 1933), so that uncertain strategies get a chance; the aggressiveness
 * scales how far the draw may stray. Its traits weigh the improvements of different metrics. Where nothing was learned, and at level 1, the order is exactly that of B7.
 */
export function rankStrategies(
  strategies: readonly Strategy[],
  { seed, aggressiveness, traits = defaultTraits }: Exploration,
): Strategy[] {
  const { exploration } = getAggressivenessSettings(aggressiveness)
  const drawn = new Map(
    strategies.map((strategy) => {
      const { id, targetMetric, expectedImprovement, uncertainty = 0 } = strategy
      const z = normalQuantile(createSeededRandom(`${seed} ${id}`).uniform())
      const drawn = expectedImprovement + (exploration * uncertainty > 0 ? exploration * uncertainty * z : 0)
      return [strategy, weighMetric(traits, targetMetric) * drawn]
    }),
  )
  return strategies.toSorted(
    (a, b) =>
      severityRank[b.priority] - severityRank[a.priority] ||
      drawn.get(b)! - drawn.get(a)! ||
      a.implementationTime - b.implementationTime,
  )
}

/** Impact against cost (B7): percent or points expected per minute that the strategy takes. */
export function computeImprovementPerMinute({ expectedImprovement, implementationTime }: Strategy): number {
  return expectedImprovement / (implementationTime / 60_000)
}
