import { getMetric, type MetricName } from '../../../model/metric.ts'
import { findObjective } from '../../../model/objective.ts'
import { hasLiveInstance } from '../../../model/profile.ts'
import type { FleetFacts } from '../../eligibility/index.ts'
import { findBoundViolations } from '../../observing/bounds.ts'
import { deriveObjective, listGoalMetrics } from './derived-objective.ts'
import type { Opportunity } from './opportunities.ts'
import type { StrategyRequest } from './request.ts'

/** The resource metrics that executions report, in the order in which they are addressed. */
const resourceMetrics: readonly MetricName[] = ['cpuMs', 'memoryMb', 'resourceEfficiency']

/**
 * One for each agent whose executions report what they use, while the resource mode is `reduce` (B12) or the agent itself runs short: to use
 * less, within the bounds of its objective. An agent that violates a bound must return within it first.
 */
export function createResourceOpportunities(
  { snapshot, policy, eligibility }: StrategyRequest,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
  newId: (index: number) => string,
  offset: number,
): Opportunity[] {
  const isShort = (agentId: string) => (eligibility?.agents[agentId]?.shortages ?? []).length > 0
  const savers = snapshot.agents.filter(({ agentId }) => policy.resourceMode === 'reduce' || isShort(agentId))
  const targets = savers.filter(hasLiveInstance).map((agent) => {
    const own = findObjective(objectives, agent)
    const isFree = own === undefined || findBoundViolations(own, agent, catalogue).length === 0
    const isOpen = (metric: MetricName) =>
      isFree && agent.metrics[metric] !== undefined && (own === undefined || !listGoalMetrics(own).includes(metric))
    return resourceMetrics.filter(isOpen).map((metric) => ({
      agentId: agent.agentId,
      metric,
      objective: deriveObjective(own, getMetric(catalogue, metric), agent, catalogue),
      derivedFrom: own ?? null,
    }))
  })
  return targets
    .filter(({ length }) => length > 0)
    .map((ofAgent, index) => ({
      id: newId(offset + index),
      type: 'resource_reduction',
      priority: 'medium',
      targetComponent: ofAgent[0]!.agentId,
      subject: `Resources of ${ofAgent[0]!.agentId}`,
      prior: { improvement: 15, implementationTime: 120_000 },
      targets: ofAgent,
      withoutTargets: '',
    }))
}
