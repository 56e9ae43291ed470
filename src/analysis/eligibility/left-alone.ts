import type { FinishedTrial } from '../../model/finished-trial.ts'
import type { AgentProfile } from '../../model/profile.ts'
import { formatTimestamp } from '../../model/timestamp.ts'
import type { MetricSeriesCache } from '../observing/forecasting/index.ts'
import { findBackoffEnd, findTrialsSinceGain } from '../planning/expectation/index.ts'
import { thresholdMetrics } from '../planning/strategies/attainment.ts'
import type { StrategyRequest } from '../planning/strategies/request.ts'
import { getAggressivenessSettings } from '../policy/aggressiveness.ts'

/**
 * Why nothing is tried on an agent at present, in words; undefined where something may be.
 * @param trials of this agent
 */
export function findReasonToSkip(
  agent: AgentProfile,
  request: StrategyRequest,
  trials: readonly FinishedTrial[],
  forecasts: MetricSeriesCache,
): string | undefined {
  const { agentId, decisionCount } = agent
  const { evidence } = getAggressivenessSettings(request.policy.aggressiveness)
  if (decisionCount < evidence)
    return `${agentId} has reported ${decisionCount} executions, and a trial needs ${evidence} to begin with`
  return request.restraint?.findBlockReason(agent) ?? findConvergenceReason(agentId, request, trials, forecasts)
}

/**
 * The trials since an agent's last gain or shift.
 * @param trials of this agent
 */
export function findFruitlessTrials(
  agentId: string,
  trials: readonly FinishedTrial[],
  forecasts: MetricSeriesCache,
): FinishedTrial[] {
  const shifts = thresholdMetrics.map((metric) => forecasts.series(agentId, metric)?.lastShift ?? 0)
  return findTrialsSinceGain(trials, Math.max(...shifts))
}

function findConvergenceReason(
  agentId: string,
  { now }: StrategyRequest,
  trials: readonly FinishedTrial[],
  forecasts: MetricSeriesCache,
): string | undefined {
  // Without shifts first: to follow all series costs more than to count trials.
  if (findBackoffEnd(findTrialsSinceGain(trials), now) === undefined) return undefined
  const until = findBackoffEnd(findFruitlessTrials(agentId, trials, forecasts), now)
  if (until === undefined) return undefined
  return `the last trials on ${agentId} brought nothing, so it is left alone until ${formatTimestamp(new Date(until))} or until its metrics shift`
}
