import { moment } from '../../model/moment.ts'
import type { AgentProfile } from '../../model/profile.ts'
import { boldness } from '../aggressiveness.ts'
import type { Forecasts } from '../forecasting/index.ts'
import { leftAloneUntil } from '../learning/index.ts'
import { watchedMetrics } from './attainment.ts'
import type { StrategyRequest } from './request.ts'

/** Why nothing is tried on an agent at present, in words; undefined where something may be. */
export function reasonToLeave(agent: AgentProfile, request: StrategyRequest, forecasts: Forecasts): string | undefined {
  const { agentId, decisionCount } = agent
  const { evidence } = boldness(request.policy.aggressiveness)
  if (decisionCount < evidence)
    return `${agentId} has reported ${decisionCount} executions, and a trial needs ${evidence} to begin with`
  return request.restraint?.bars(agent) ?? converged(agentId, request, forecasts)
}

function converged(agentId: string, { experience, now }: StrategyRequest, forecasts: Forecasts): string | undefined {
  const trials = experience.filter((trial) => trial.agentId === agentId)
  // Without shifts first: to follow all series costs more than to count trials.
  if (leftAloneUntil(trials, undefined, now) === undefined) return undefined
  const shifts = watchedMetrics.map((metric) => forecasts.series(agentId, metric)?.lastShift ?? 0)
  const until = leftAloneUntil(trials, Math.max(...shifts), now)
  if (until === undefined) return undefined
  return `the last trials on ${agentId} brought nothing, so it is left alone until ${moment(new Date(until))} or until its metrics shift`
}
