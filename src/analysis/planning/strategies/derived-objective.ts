import { getMetric, type Metric, type MetricCatalogue, type MetricName } from '../../../model/metric.ts'
import type { Objective } from '../../../model/objective.ts'
import { type AgentProfile, findAgentProfileValue } from '../../../model/profile.ts'
import { getWeights } from '../../../model/weights.ts'
import { defaultTolerances, getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'

/** The metrics that an objective improves: one, or those that it weighs. */
export const listGoalMetrics = ({ minimize, maximize, weigh = {} }: Objective): MetricName[] =>
  [minimize, maximize, ...Object.keys(getWeights(weigh))].filter((name) => name !== undefined)

/**
 * An objective for a metric other than the one the agent's own objective is about: within the same bounds, and without a relevant loss in the
 * agent's own objective.
 * @param own undefined for an agent without an objective, whose usual metrics are guarded
 */
export function deriveObjective(
  own: Objective | undefined,
  { name: target, direction }: Metric,
  agent: AgentProfile,
  catalogue: MetricCatalogue,
): Objective {
  const noticeable = (own ? listGoalMetrics(own) : []).flatMap((name) =>
    findAgentProfileValue(name, agent) !== undefined ? [[name, getMinKeptImprovement(getMetric(catalogue, name))]] : [],
  )
  const usual = Object.entries(defaultTolerances).map(([name, share]) => [name, 100 * share] as const)
  const losses: Record<string, number> = Object.fromEntries(own ? [...Object.entries(own.tolerate), ...noticeable] : usual)
  const guarded = Object.entries(losses).filter(
    ([name]) => name !== target && (own || findAgentProfileValue(name, agent) !== undefined),
  )
  return {
    agent: agent.agentId,
    ...(direction === 'lower' ? { minimize: target } : { maximize: target }),
    subjectTo: own?.subjectTo ?? [],
    tolerate: Object.fromEntries(guarded),
  }
}
