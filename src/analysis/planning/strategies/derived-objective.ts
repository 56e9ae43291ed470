import { getMetric, type Metric, type MetricCatalogue, type MetricName } from '../../../model/metric.ts'
import type { Objective } from '../../../model/objective.ts'
import { type AgentProfile, readProfileMetric } from '../../../model/profile.ts'
import { getWeights } from '../../../model/weights.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'

/** Loss in the metrics of an agent without an objective that is tolerated anyway: percent of a quantity, points of a share. */
const usualTolerances: Record<string, number> = { responseTime: 25, successRate: 15, coordinationScore: 25 }

/** The metrics that an objective improves: one, or those that it weighs. */
export const listGoalMetrics = ({ minimize, maximize, weigh = {} }: Objective): MetricName[] =>
  [minimize, maximize, ...Object.keys(getWeights(weigh))].filter((name) => name !== undefined)

/**
 * An objective for a metric that the agent's own objective is not about: within the same bounds, and without a loss that matters of what
 * that one is about.
 * @param own undefined for an agent without an objective, whose usual metrics are guarded
 */
export function deriveObjective(
  own: Objective | undefined,
  { name: target, direction }: Metric,
  agent: AgentProfile,
  catalogue: MetricCatalogue,
): Objective {
  const noticeable = (own ? listGoalMetrics(own) : []).flatMap((name) =>
    readProfileMetric(name, agent) !== undefined ? [[name, getMinKeptImprovement(getMetric(catalogue, name))]] : [],
  )
  const losses: Record<string, number> = own ? { ...own.tolerate, ...Object.fromEntries(noticeable) } : usualTolerances
  const guarded = Object.entries(losses).filter(
    ([name]) => name !== target && (own || readProfileMetric(name, agent) !== undefined),
  )
  return {
    agent: agent.agentId,
    ...(direction === 'lower' ? { minimize: target } : { maximize: target }),
    subjectTo: own?.subjectTo ?? [],
    tolerate: Object.fromEntries(guarded),
  }
}
