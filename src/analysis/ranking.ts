import { severityRank } from '../model/bottleneck.ts'
import type { TrialRecord } from '../model/experience.ts'
import type { Strategy, StrategyType } from '../model/strategy.ts'

/** Beta prior of success: 85 %, the middle of document 000's 80–90 %, worth two trials, so that experience soon overrules it. */
const prior = { proven: 1.7, unproven: 0.3 }

/** How likely a strategy of this type is proven (B10): the mean of the Beta posterior over its recorded trials. */
export function successProbability(type: StrategyType, experience: readonly TrialRecord[]): number {
  const trials = experience.filter((trial) => trial.type === type)
  const proven = trials.filter(({ verdict }) => verdict === 'keep').length
  return (prior.proven + proven) / (prior.proven + prior.unproven + trials.length)
}

/**
 * The order in which strategies are carried out (B7): severity, then the improvement to expect, then the shorter
 * implementation. What to expect is the promised improvement times the probability of success of the strategy's type,
 * so that proven types come first (B10); without experience it is B7's order exactly.
 */
export function rank(strategies: readonly Strategy[], experience: readonly TrialRecord[] = []): Strategy[] {
  const types = new Set(strategies.map(({ type }) => type))
  const probability = new Map([...types].map((type) => [type, successProbability(type, experience)]))
  const expected = ({ type, expectedImprovement }: Strategy) => expectedImprovement * probability.get(type)!
  return strategies.toSorted(
    (a, b) =>
      severityRank[b.priority] - severityRank[a.priority] ||
      expected(b) - expected(a) ||
      a.implementationTime - b.implementationTime,
  )
}

/** Impact against cost (B7): percent or points to expect for each minute the strategy takes. */
export function improvementPerMinute(strategy: Strategy, experience: readonly TrialRecord[] = []): number {
  const expected = strategy.expectedImprovement * successProbability(strategy.type, experience)
  return expected / (strategy.implementationTime / 60_000)
}
