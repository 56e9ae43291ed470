import type { Bottleneck } from '../../model/bottleneck.ts'
import { formatChanges } from '../../model/format.ts'
import type { Strategy } from '../../model/strategy.ts'
import { aggressivenessWithin, type EligibilityRecord } from '../eligibility/index.ts'
import { detectBottlenecks } from '../observing/detection.ts'
import { createSeededRandom } from '../statistics/random.ts'
import { rankStrategies } from './ranking.ts'
import { generateStrategies, type StrategyRequest } from './strategies/index.ts'

/** No cycle has time for more; the next one finds the rest again. */
const strategiesPerCycle = 20

/** The input of a cycle's planning: plain data that can be sent to another thread. */
export interface PlanRequest extends Omit<StrategyRequest, 'bottlenecks' | 'now' | 'random'> {
  eligibility: EligibilityRecord
}

export interface CyclePlan {
  bottlenecks: Bottleneck[]
  /** Best first. */
  strategies: Strategy[]
  /** Agents and bottlenecks without a strategy, and why. */
  skipped: string[]
}

/**
 * The bottlenecks of the fleet and the strategies against them (B4–B7). The same request gives the same plan, including ids: the time
 * is that of the snapshot, and random numbers are seeded with its id.
 */
export function planCycle(request: PlanRequest): CyclePlan {
  const { snapshot, thresholds, policy, eligibility } = request
  const bottlenecks = detectBottlenecks(snapshot, thresholds)
  const { strategies, skipped } = generateStrategies({
    ...request,
    bottlenecks,
    now: snapshot.takenAt,
    random: createSeededRandom(snapshot.id).uniform,
  })
  const aggressiveness = aggressivenessWithin({ policy, limits: eligibility.fleet.limits })
  const ranked = rankStrategies(strategies, { seed: snapshot.id, aggressiveness })
  const beyond = ranked.slice(strategiesPerCycle)
  return {
    bottlenecks,
    strategies: ranked.slice(0, strategiesPerCycle),
    skipped: [
      ...skipped.map(({ subject, reason }) => `${subject}: ${reason}`),
      ...beyond.map(
        ({ agentId, actions }) => `${agentId} ${formatChanges(actions)}: ${strategiesPerCycle} better ones come first`,
      ),
    ],
  }
}
