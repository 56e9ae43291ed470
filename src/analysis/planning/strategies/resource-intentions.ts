import type { JudgedMetric } from '../../../model/metric.ts'
import { findObjective, getObjectiveMetric } from '../../../model/objective.ts'
import { isPresent } from '../../../model/profile.ts'
import { findBoundViolations } from '../../observing/bounds.ts'
import { deriveObjective } from './derived-objective.ts'
import type { Intention } from './intentions.ts'
import type { StrategyRequest } from './request.ts'

/** What executions report of the resources that they use, in the order in which it is worked on. */
const resourceMetrics: readonly JudgedMetric[] = ['cpuMs', 'memoryMb', 'resourceEfficiency']

/**
 * One for each agent whose executions report what they use, while the resource mode is `reduce` (B12): to use less, within the bounds of
 * its objective. An agent that violates a bound gets within it first.
 */
export function createResourceIntentions(
  { snapshot, policy, eligibility }: StrategyRequest,
  newId: (index: number) => string,
  offset: number,
): Intention[] {
  if (policy.resourceMode !== 'reduce') return []
  const objectives = eligibility?.fleet.objectives ?? []
  const targets = snapshot.agents.filter(isPresent).map((agent) => {
    const own = findObjective(objectives, agent)
    const isFree = own === undefined || findBoundViolations(own, agent).length === 0
    const isOpen = (metric: JudgedMetric) =>
      isFree && agent.metrics[metric] !== undefined && (own === undefined || getObjectiveMetric(own) !== metric)
    return resourceMetrics
      .filter(isOpen)
      .map((metric) => ({ agentId: agent.agentId, metric, objective: deriveObjective(own, metric, agent) }))
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
