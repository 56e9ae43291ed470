import type { Bottleneck } from '../../model/bottleneck.ts'
import type { Strategy } from '../../model/strategy.ts'
import { aggressivenessWithin, type EligibilityRecord } from '../eligibility/index.ts'
import { detectBottlenecks } from '../observing/detection.ts'
import { createSeededRandom } from '../statistics/random.ts'
import { rankStrategies } from './ranking.ts'
import { generateStrategies, type StrategyRequest } from './strategies/index.ts'

/** No cycle has time for more; the rest is found again by the next one. */
const strategiesPerCycle = 20

/** What a cycle plans from: plain data, which can go to another thread. */
export interface PlanRequest extends Omit<StrategyRequest, 'bottlenecks' | 'now' | 'random'> {
  eligibility: EligibilityRecord
}

export interface CyclePlan {
  bottlenecks: Bottleneck[]
  /** Best first. */
  strategies: Strategy[]
  /** What is left alone, and why. */
  skipped: string[]
}

/**
 * What holds the fleet back and what to try against it (B4–B7). The same request gives the same plan, ids included: the moment is that
 * of the snapshot, and what is random follows from its id.
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
  return {
    bottlenecks,
    strategies: rankStrategies(strategies, { seed: snapshot.id, aggressiveness }).slice(0, strategiesPerCycle),
    skipped: skipped.map(({ subject, reason }) => `${subject}: ${reason}`),
  }
}
