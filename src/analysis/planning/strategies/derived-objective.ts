import { metricTraits, type JudgedMetric } from '../../../model/metric.ts'
import { getObjectiveMetric, type Objective } from '../../../model/objective.ts'
import { type AgentProfile, readProfileMetric } from '../../../model/profile.ts'
import { minKeptImprovement } from '../../statistics/worthwhile-effect.ts'

/** Loss in the metrics of an agent without an objective that is tolerated anyway: percent of a quantity, points of a share. */
const usualTolerances: Partial<Record<JudgedMetric, number>> = { responseTime: 25, successRate: 15, coordinationScore: 25 }

/**
 * An objective for a metric that the agent's own objective is not about: within the same bounds, and without a loss that matters of what
 * that one is about.
 * @param own undefined for an agent without an objective, whose usual metrics are guarded
 */
export function deriveObjective(own: Objective | undefined, target: JudgedMetric, agent: AgentProfile): Objective {
  const goal = own && getObjectiveMetric(own)
  const losses = own ? { ...own.tolerate, [goal!]: minKeptImprovement[goal!] } : usualTolerances
  const guarded = Object.entries(losses).filter(
    ([name]) => name !== target && (own || readProfileMetric(name, agent) !== undefined),
  )
  return {
    agent: agent.agentId,
    ...(metricTraits[target].direction === 'lower' ? { minimize: target } : { maximize: target }),
    subjectTo: own?.subjectTo ?? [],
    tolerate: Object.fromEntries(guarded),
  }
}
