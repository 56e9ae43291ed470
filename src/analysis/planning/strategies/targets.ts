/** Targets: where a strategy may act, most promising first; it takes the first target that has a knob left to try. */
import type { Bottleneck } from '../../../model/bottleneck.ts'
import { createDefaultRules, isBeyond, type RulesOfType, selectRules } from '../../../model/bottleneck-rule.ts'
import { formatMetric, formatRatio, metricLabels } from '../../../model/format.ts'
import { isJudgedMetric, type JudgedMetric, type MetricName, metricTraits } from '../../../model/metric.ts'
import { findObjective, type Objective } from '../../../model/objective.ts'
import { readProfileMetric, type Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { rankAttainments } from '../../observing/attainment.ts'
import {
  forecastCrossing,
  forecastHorizonMs,
  type MetricSeriesCache,
  type ThresholdCrossing,
} from '../../observing/forecasting/index.ts'
import { computeOverallScore } from '../../observing/profiles/system.ts'
import { deriveObjective } from './derived-objective.ts'
import type { StrategyRequest } from './request.ts'
import { describePair, rankSlowestPairs } from './slowest-pairs.ts'

export interface StrategyTarget {
  agentId: string
  metric: JudgedMetric
  /** The reason for this target, as a clause; omitted if the bottleneck states it. */
  grounds?: string
  /** The objective that its trial serves, if that is not the agent's own. */
  objective?: Objective
}

/** The metrics of the bottlenecks of document 000, which do not name them. */
const documentedMetrics: Record<string, JudgedMetric> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
}

/** The metric that a bottleneck is about. */
export const getBottleneckMetric = ({ type, metric }: Pick<Bottleneck, 'type' | 'metric'>): MetricName =>
  metric ?? documentedMetrics[type] ?? 'overallScore'

/** What executions report of a resource of the host. */
const resources: Record<string, JudgedMetric> = { cpuPercent: 'cpuMs', memoryPercent: 'memoryMb', heapPercent: 'memoryMb' }

/**
 * A bottleneck of an agent is addressed there, if a trial can be judged by its metric; one of the system at the agents that lower its score
 * most, or that report to use most of the resource.
 */
export function selectBottleneckTargets(bottleneck: Bottleneck, snapshot: Snapshot, thresholds: Thresholds): StrategyTarget[] {
  const metric = getBottleneckMetric(bottleneck)
  if (bottleneck.affectedComponent !== 'system')
    return isJudgedMetric(metric) ? [{ agentId: bottleneck.affectedComponent, metric }] : []
  const resource = resources[metric]
  if (resource) return rankByUse(snapshot, resource)
  if (metric !== 'overallScore') return []
  return snapshot.agents
    .toSorted((a, b) => (computeOverallScore([a]) ?? 1) - (computeOverallScore([b]) ?? 1))
    .flatMap((agent) => rankAttainments(agent, thresholds).map(({ metric }) => ({ agentId: agent.agentId, metric })))
}

function rankByUse({ agents }: Snapshot, metric: JudgedMetric): StrategyTarget[] {
  return agents
    .flatMap((agent) => ({ agentId: agent.agentId, used: readProfileMetric(metric, agent) ?? 0 }))
    .filter(({ used }) => used > 0)
    .sort((a, b) => b.used - a.used)
    .map(({ agentId }) => ({ agentId, metric }))
}

/** The minimum probability of crossing a threshold within the forecast horizon for which a predictive strategy is planned. */
export const minCrossingProbability = 0.15

/** Metrics that are forecast to cross a limit of the rules or a bound of the objective, the most likely first (B6). */
export function selectPredictiveTargets(
  { snapshot, thresholds, bottleneckRules = [], eligibility }: StrategyRequest,
  forecasts: MetricSeriesCache,
): StrategyTarget[] {
  const defaults = createDefaultRules(thresholds)
  const objectives = eligibility?.fleet.objectives ?? []
  return snapshot.agents
    .flatMap((agent) => {
      const { agentId } = agent
      const objective = findObjective(objectives, agent)
      const limits = objective ? listBoundLimits(objective) : selectRules(bottleneckRules, defaults, agent).flatMap(toLimit)
      return limits.flatMap(({ metric, threshold, isExceeded }) => {
        const [value, series] = [readProfileMetric(metric, agent), forecasts.series(agentId, metric)]
        if (value === undefined || !series || isExceeded(value)) return []
        const served = objective && { objective: deriveObjective(objective, metric, agent) }
        return [{ agentId, metric, threshold, ...served, ...forecastCrossing(metric, series, threshold, snapshot.takenAt) }]
      })
    })
    .filter(({ probability }) => probability >= minCrossingProbability)
    .sort((a, b) => b.probability - a.probability)
    .map((target) => {
      const { agentId, metric, objective } = target
      return { agentId, metric, grounds: describeCrossing(target), ...(objective && { objective }) }
    })
}

interface Limit {
  metric: JudgedMetric
  threshold: number
  isExceeded: (value: number) => boolean
}

/** No history of quantiles is kept. */
function toLimit([base]: RulesOfType): Limit[] {
  const { metric, quantile, above, below } = base
  if (quantile !== undefined || !isJudgedMetric(metric)) return []
  return [{ metric, threshold: (above ?? below)!, isExceeded: (value) => isBeyond(base, value) }]
}

/** The limits of an objective on the side on which a metric is worse. */
function listBoundLimits({ subjectTo }: Objective): Limit[] {
  return subjectTo.flatMap(({ metric: name, quantile, min, max }) => {
    const metric = name as JudgedMetric
    const isLower = metricTraits[metric].direction === 'lower'
    const threshold = isLower ? max : min
    if (quantile !== undefined || threshold === undefined) return []
    return [{ metric, threshold, isExceeded: (value: number) => (isLower ? value > threshold : value < threshold) }]
  })
}

function describeCrossing({
  agentId,
  metric,
  threshold,
  probability,
  interval,
}: ThresholdCrossing & StrategyTarget & { threshold: number }): string {
  const minutes = forecastHorizonMs / 60_000
  const range = interval.map((value) => formatMetric(metric, value)).join(' to ')
  return `${metricLabels[metric]} of ${agentId} crosses ${formatMetric(metric, threshold)} within ${minutes} min with a probability of ${formatRatio(probability, 2)} (80% interval ${range})`
}

/** The senders of the pairs whose messages take longest to settle. */
export function selectCoordinationTargets(pairs: readonly PairReading[]): StrategyTarget[] {
  return rankSlowestPairs(pairs).map((cost, rank) => ({
    agentId: cost.pair.fromAgent,
    metric: 'coordinationScore',
    grounds: describePair(cost, rank),
  }))
}
