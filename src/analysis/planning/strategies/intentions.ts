/** Intentions: the target of an improvement and the reason, before its knobs are chosen. */
import { type Bottleneck, type Severity, severityRank } from '../../../model/bottleneck.ts'
import { systemMetrics } from '../../../model/bottleneck-rule.ts'
import { formatRatio, joinWithAnd, metricLabels } from '../../../model/format.ts'
import type { JudgedMetric } from '../../../model/metric.ts'
import { findObjective, getObjectiveMetric, listObjectiveMetrics, type Objective } from '../../../model/objective.ts'
import { readProfileMetric, type Snapshot } from '../../../model/profile.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { findBoundViolations } from '../../observing/bounds.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import type { ImprovementPrior } from '../expectation/index.ts'
import type { StrategyRequest } from './request.ts'
import {
  getBottleneckMetric,
  minCrossingProbability,
  type StrategyTarget,
  selectBottleneckTargets,
  selectCoordinationTargets,
  selectPredictiveTargets,
} from './targets.ts'

export interface Intention {
  id: string
  type: StrategyType
  priority: Severity
  targetComponent: string
  /** What it is about, the subject of the sentence that says why it was skipped. */
  subject: string
  prior: ImprovementPrior
  /** Where it may act, most promising first. */
  targets: StrategyTarget[]
  /** Why it is skipped if there are none. */
  withoutTargets: string
}

/** One for each bottleneck (B5), the most urgent first, because the first chooses its knobs first. */
export function createReactiveIntentions(
  bottlenecks: readonly Bottleneck[],
  snapshot: Snapshot,
  thresholds: Thresholds,
  newId: (index: number) => string,
): Intention[] {
  return bottlenecks
    .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity] || b.impact - a.impact)
    .map((bottleneck, index) => ({
      id: newId(index),
      type: bottleneck.type,
      priority: bottleneck.severity,
      targetComponent: bottleneck.affectedComponent,
      subject: describeSubject(bottleneck),
      prior: { improvement: bottleneck.impact * 0.7, implementationTime: 120_000 },
      targets: selectBottleneckTargets(bottleneck, snapshot, thresholds),
      withoutTargets: 'no trial on an agent can be judged by it',
    }))
}

/**
 * One for each agent whose objective is set and whose bounds are met: to improve the metric that the objective is about. It has no target
 * while nobody reports a metric that the objective names, because no trial could be kept.
 */
export function createObjectiveIntentions(
  snapshot: Snapshot,
  objectives: readonly Objective[],
  newId: (index: number) => string,
  offset: number,
): Intention[] {
  const withObjective = snapshot.agents.flatMap((agent) => {
    const objective = findObjective(objectives, agent)
    return objective && findBoundViolations(objective, agent).length === 0 ? [{ agent, objective }] : []
  })
  return withObjective.map(({ agent, objective }, index) => {
    const { agentId } = agent
    const metric = getObjectiveMetric(objective)
    const missing = (listObjectiveMetrics(objective) as JudgedMetric[]).filter(
      (name) => readProfileMetric(name, agent) === undefined,
    )
    return {
      id: newId(offset + index),
      type: 'agent_objective',
      priority: 'medium',
      targetComponent: agentId,
      subject: describeMetricOf(agentId, metric),
      prior: { improvement: 15, implementationTime: 120_000 },
      targets: missing.length === 0 ? [{ agentId, metric }] : [],
      withoutTargets: `nobody reports the ${joinWithAnd(missing.map((name) => metricLabels[name]))} of ${agentId}, which its objective names`,
    }
  })
}

/** Proactive intentions (B6): where a threshold is about to be crossed, and where messages take longest. */
export function createProactiveIntentions(
  request: StrategyRequest,
  forecasts: MetricSeriesCache,
): Intention[] {
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

/** "Response time of hunter", "Performance of the whole system" */
function describeSubject({ type, affectedComponent, metric }: Bottleneck): string {
  if (type === 'system_performance') return 'Performance of the whole system'
  if (affectedComponent === 'system') return `The ${systemMetrics.get(metric ?? '')?.label ?? type} of the system`
  return describeMetricOf(affectedComponent, getBottleneckMetric({ type, metric }) as JudgedMetric)
}

function describeMetricOf(agentId: string, metric: JudgedMetric): string {
  const label = metricLabels[metric]
  return `${label.charAt(0).toUpperCase()}${label.slice(1)} of ${agentId}`
}
