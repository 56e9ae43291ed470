import type { TrialRecord } from '../../model/experience.ts'
import { moment } from '../../model/moment.ts'
import type { AgentProfile } from '../../model/profile.ts'
import type { Forecasts } from '../observing/forecasting/index.ts'
import { fruitless, leftAloneUntil } from '../planning/expectation/index.ts'
import { watchedMetrics } from '../planning/strategies/attainment.ts'
import type { StrategyRequest } from '../planning/strategies/request.ts'
import { boldness } from '../policy/aggressiveness.ts'

/**
 * Why nothing is tried on an agent at present, in words; undefined where something may be.
 * @param trials of this agent
 */
export function reasonToLeave(
  agent: AgentProfile,
  request: StrategyRequest,
  trials: readonly TrialRecord[],
  forecasts: Forecasts,
): string | undefined {
  const { agentId, decisionCount } = agent
  const { evidence } = boldness(request.policy.aggressiveness)
  if (decisionCount < evidence)
    return `${agentId} has reported ${decisionCount} executions, and a trial needs ${evidence} to begin with`
  return request.restraint?.bars(agent) ?? converged(agentId, request, trials, forecasts)
}

/**
 * The trials since an agent's last gain or shift.
 * @param trials of this agent
 */
export function triedInVain(agentId: string, trials: readonly TrialRecord[], forecasts: Forecasts): TrialRecord[] {
  const shifts = watchedMetrics.map((metric) => forecasts.series(agentId, metric)?.lastShift ?? 0)
  return fruitless(trials, Math.max(...shifts))
}

function converged(
  agentId: string,
  { now }: StrategyRequest,
  trials: readonly TrialRecord[],
  forecasts: Forecasts,
): string | undefined {
  // Without shifts first: to follow all series costs more than to count trials.
  if (leftAloneUntil(fruitless(trials), now) === undefined) return undefined
  const until = leftAloneUntil(triedInVain(agentId, trials, forecasts), now)
  if (until === undefined) return undefined
  return `the last trials on ${agentId} brought nothing, so it is left alone until ${moment(new Date(until))} or until its metrics shift`
}
