/** Opportunities: the target of an improvement and the reason, before its knobs are chosen. */
import { type Bottleneck, getBottleneckMetric, isAnomalyType, type Severity, severityRank } from '../../../model/bottleneck.ts'
import { systemMetrics } from '../../../model/bottleneck-rule.ts'
import { formatLabelWithArticle, formatRatio, joinWithAnd } from '../../../model/format.ts'
import { getMetric, type MetricCatalogue, type MetricName } from '../../../model/metric.ts'
import {
  findObjective,
  findObjectiveProblem,
  getObjectiveMetric,
  listObjectiveMetrics,
  type Objective,
} from '../../../model/objective.ts'
import { type AgentProfile, findAgentProfileValue, type Snapshot } from '../../../model/profile.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import type { FleetFacts } from '../../eligibility/index.ts'
import { findBoundViolations } from '../../observing/bounds.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import { computeWeightedMetrics } from '../../observing/weighted-metrics.ts'
import { weighMetric } from '../../policy/traits.ts'
import type { ImprovementPrior } from '../expectation/index.ts'
import { explainUnreachableCause, selectCauseTarget } from './cause-target.ts'
import type { StrategyRequest } from './request.ts'
import {
  minCrossingProbability,
  type StrategyTarget,
  selectBottleneckTargets,
  selectCoordinationTargets,
  selectPredictiveTargets,
} from './targets.ts'

export interface Opportunity {
  id: string
  type: StrategyType
  priority: Severity
  targetComponent: string
  /** Its topic, the subject of the sentence that says why it was skipped. */
  subject: string
  prior: ImprovementPrior
  /** Where it may act, most promising first. */
  targets: StrategyTarget[]
  /** Why it is skipped if there are none. */
  withoutTargets: string
}

type FleetObjectives = Pick<FleetFacts, 'objectives' | 'catalogue'>

/**
 * One for each bottleneck (B5), the most urgent first, because the first chooses its knobs first. The traits of the optimizer weigh the
 * impacts.
 */
export function createReactiveOpportunities(
  {
    bottlenecks,
    snapshot,
    thresholds,
    anomalies = [],
  }: Pick<StrategyRequest, 'bottlenecks' | 'snapshot' | 'thresholds' | 'anomalies'>,
  { objectives, catalogue, traits }: FleetObjectives & Pick<FleetFacts, 'traits'>,
  newId: (index: number) => string,
): Opportunity[] {
  const weighImpact = (bottleneck: Bottleneck) => bottleneck.impact * weighMetric(traits, getBottleneckMetric(bottleneck))
  const selectTargets = (bottleneck: Bottleneck) => {
    const cause = selectCauseTarget(bottleneck, anomalies, snapshot, { objectives, catalogue })
    if (cause) return { targets: [cause], withoutTargets: '' }
    const { type, affectedComponent } = bottleneck
    const agent = snapshot.agents.find(({ agentId }) => agentId === affectedComponent)
    const objective = type === 'objective_bound' && agent ? findObjective(objectives, agent) : undefined
    const obstacle = objective && findObjectiveObstacle(objective, agent!, catalogue)
    const targets = obstacle ? [] : selectBottleneckTargets(bottleneck, { snapshot, thresholds }, catalogue)
    const grounds = explainUnreachableCause(bottleneck, anomalies, snapshot, { catalogue })
    return {
      targets: grounds ? targets.map((target) => ({ grounds, ...target })) : targets,
      withoutTargets:
        obstacle ??
        (agent || affectedComponent === 'system' ? 'no trial on an agent can be judged by it' : 'no agent is known to cause it'),
    }
  }
  // A metric that is both beyond a limit and unusual is addressed once.
  const isRepeated = (bottleneck: Bottleneck, index: number) =>
    isAnomalyType(bottleneck.type) && bottlenecks.slice(0, index).some((other) => isAboutSame(other, bottleneck))
  return bottlenecks
    .filter((bottleneck, index) => !isRepeated(bottleneck, index))
    .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity] || weighImpact(b) - weighImpact(a))
    .map((bottleneck, index) => ({
      id: newId(index),
      type: bottleneck.type,
      priority: bottleneck.severity,
      targetComponent: bottleneck.affectedComponent,
      subject: describeBottleneckSubject(bottleneck, catalogue),
      prior: { improvement: bottleneck.impact * 0.7, implementationTime: 120_000 },
      ...selectTargets(bottleneck),
    }))
}

const isAboutSame = (a: Bottleneck, b: Bottleneck) =>
  a.affectedComponent === b.affectedComponent && getBottleneckMetric(a) === getBottleneckMetric(b)

/**
 * One for each agent whose objective is set and whose bounds are met: to improve the metric that the objective is about. It has no target
 * while a metric that the objective names is not reported, because no change could be kept.
 */
export function createObjectiveOpportunities(
  snapshot: Snapshot,
  { objectives, catalogue }: FleetObjectives,
  newId: (index: number) => string,
  offset: number,
): Opportunity[] {
  const withObjective = snapshot.agents.flatMap((agent) => {
    const objective = findObjective(objectives, agent)
    return objective && findBoundViolations(objective, agent, catalogue).length === 0 ? [{ agent, objective }] : []
  })
  return withObjective.map(({ agent, objective }, index) => {
    const { agentId } = agent
    const metric = getObjectiveMetric(objective)
    const obstacle = findObjectiveObstacle(objective, agent, catalogue)
    return {
      id: newId(offset + index),
      type: 'agent_objective',
      priority: 'medium',
      targetComponent: agentId,
      subject: describeMetricOf(agentId, metric, catalogue),
      prior: { improvement: 15, implementationTime: 120_000 },
      targets: obstacle ? [] : [{ agentId, metric }],
      withoutTargets: obstacle ?? '',
    }
  })
}

/** Why nothing can be tried for an objective of an agent now, as a clause; undefined if something can. */
function findObjectiveObstacle(objective: Objective, agent: AgentProfile, catalogue: MetricCatalogue): string | undefined {
  const problem = findObjectiveProblem(objective, catalogue)
  if (problem) return `its objective contradicts the metric: ${problem}`
  if (objective.quantile !== undefined && agent.instances < 2)
    return `a quantile can be judged only against instances without the change, and ${agent.agentId} has a single instance`
  const missing = listObjectiveMetrics(objective).filter((name) => findAgentProfileValue(name, agent) === undefined)
  const weighed = computeWeightedMetrics(objective, agent, catalogue)
  if (missing.length === 0)
    return typeof weighed === 'string' ? `the objective of ${agent.agentId} cannot be weighed: ${weighed}` : undefined
  const labels = missing.map((name) => formatLabelWithArticle(getMetric(catalogue, name)))
  // They may be late, or never have been reported.
  return `the objective of ${agent.agentId} names ${joinWithAnd(labels)}, but no recent value is known yet`
}

/** Proactive opportunities (B6): where a threshold is about to be crossed, and where messages take longest. */
export function createProactiveOpportunities(request: StrategyRequest, forecasts: MetricSeriesCache): Opportunity[] {
  const { pairs = [], now } = request
  return [
    {
      id: `proactive_${now}_pred`,
      type: 'predictive_optimization',
      priority: 'medium',
      targetComponent: 'system',
      subject: 'Metrics about to cross their threshold',
      prior: { improvement: 15, implementationTime: 300_000 },
      targets: selectPredictiveTargets(request, forecasts),
      withoutTargets: `no metric is forecast to cross its threshold with a probability of ${formatRatio(minCrossingProbability)} or more`,
    },
    {
      id: `proactive_${now}_coord`,
      type: 'coordination_enhancement',
      priority: 'low',
      targetComponent: 'inter_agent',
      subject: 'Negotiations between agents',
      prior: { improvement: 10, implementationTime: 180_000 },
      targets: selectCoordinationTargets(pairs),
      withoutTargets: 'no two agents negotiate',
    },
  ]
}

/** The subject of a bottleneck, as a plan words it: "Response time of hunter", "Performance of the whole system" */
export function describeBottleneckSubject(
  { type, affectedComponent, metric }: Pick<Bottleneck, 'type' | 'affectedComponent' | 'metric'>,
  catalogue: MetricCatalogue,
): string {
  if (type === 'system_performance') return 'Performance of the whole system'
  const name = getBottleneckMetric({ type, metric })
  if (affectedComponent === 'system') return describeMetricOf('the system', name, systemMetrics)
  return describeMetricOf(affectedComponent, name, catalogue.has(name) ? catalogue : systemMetrics)
}

function describeMetricOf(agentId: string, metric: MetricName, catalogue: MetricCatalogue): string {
  const { label } = getMetric(catalogue, metric)
  return `${label.charAt(0).toUpperCase()}${label.slice(1)} of ${agentId}`
}
