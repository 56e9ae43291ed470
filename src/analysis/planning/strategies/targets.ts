/** Targets: where a strategy may act, most promising first; it takes the first target that has a knob left to try. */
import { type Bottleneck, getBottleneckMetric } from '../../../model/bottleneck.ts'
import { createDefaultRules, isBeyond, type RulesOfOneType, selectRules } from '../../../model/bottleneck-rule.ts'
import { formatMetricValue, formatRatio } from '../../../model/format.ts'
import { isUsableForJudging } from '../../../model/judged-metric.ts'
import { getMetric, type Metric, type MetricCatalogue, type MetricName, toMetricKind } from '../../../model/metric.ts'
import { findObjective, type Objective } from '../../../model/objective.ts'
import { findAgentProfileValue, type Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import { emptyRecord } from '../../eligibility/index.ts'
import { rankMetricsByAttainment } from '../../observing/attainment.ts'
import {
  forecastCrossing,
  forecastHorizonMs,
  type MetricSeriesCache,
  type ThresholdCrossing,
} from '../../observing/forecasting/index.ts'
import { computeOverallScore } from '../../observing/profiles/system.ts'
import { worthwhileEffect } from '../../statistics/worthwhile-effect.ts'
import { deriveObjective } from './derived-objective.ts'
import type { StrategyRequest } from './request.ts'
import { describePair, rankSlowestPairs } from './slowest-pairs.ts'

export interface StrategyTarget {
  agentId: string
  metric: MetricName
  /** The reason for this target, as a clause; omitted if the bottleneck states it. */
  grounds?: string
  /** The objective that its trial serves, if that is not the agent's own. */
  objective?: Objective
  /** The agent's own, from which that was derived; null if it has none. */
  derivedFrom?: Objective | null
}

/** The metrics of executions for each resource of the host. */
const resources: Record<string, MetricName> = { cpuPercent: 'cpuMs', memoryPercent: 'memoryMb', heapPercent: 'memoryMb' }

/**
 * A bottleneck of an agent is addressed there, if a trial can be judged by its metric; one of the system at the agents that lower its score
 * most, or that report to use most of the resource; one of a host or process nowhere, because it is unknown which agents use it.
 */
export function selectBottleneckTargets(
  bottleneck: Bottleneck,
  { snapshot, thresholds }: Pick<StrategyRequest, 'snapshot' | 'thresholds'>,
  catalogue: MetricCatalogue,
): StrategyTarget[] {
  const metric = getBottleneckMetric(bottleneck)
  const { affectedComponent } = bottleneck
  if (affectedComponent !== 'system') {
    const isOfAgent = snapshot.agents.some(({ agentId }) => agentId === affectedComponent)
    return isOfAgent && catalogue.has(metric) && isUsableForJudging(getMetric(catalogue, metric))
      ? [{ agentId: affectedComponent, metric }]
      : []
  }
  const resource = resources[metric]
  if (resource) return rankByUse(snapshot, resource)
  if (metric !== 'overallScore') return []
  return snapshot.agents
    .toSorted((a, b) => (computeOverallScore([a]) ?? 1) - (computeOverallScore([b]) ?? 1))
    .flatMap((agent) => rankMetricsByAttainment(agent, thresholds).map(({ metric }) => ({ agentId: agent.agentId, metric })))
}

function rankByUse({ agents }: Snapshot, metric: MetricName): StrategyTarget[] {
  return agents
    .map((agent) => ({ agentId: agent.agentId, used: findAgentProfileValue(metric, agent) ?? 0 }))
    .filter(({ used }) => used > 0)
    .sort((a, b) => b.used - a.used)
    .map(({ agentId }) => ({ agentId, metric }))
}

/** The minimum probability of crossing a threshold within the forecast horizon for which a predictive strategy is planned. */
export const minCrossingProbability = 0.15
/** The same for a bound of an objective. */
const probable = 0.5

/** Metrics that are forecast to cross a limit of the rules or a bound of the objective, the most likely first (B6). */
export function selectPredictiveTargets(
  { snapshot, thresholds, bottleneckRules = [], eligibility }: StrategyRequest,
  forecasts: MetricSeriesCache,
): StrategyTarget[] {
  const defaults = createDefaultRules(thresholds)
  const { objectives, catalogue } = (eligibility ?? emptyRecord).fleet
  return snapshot.agents
    .flatMap((agent) => {
      const { agentId } = agent
      const objective = findObjective(objectives, agent)
      const limits = objective
        ? listBoundLimits(objective, catalogue)
        : selectRules(bottleneckRules, defaults, agent).flatMap((rules) => toLimit(rules, catalogue))
      return limits.flatMap(({ metric, threshold, isExceeded, minProbability }) => {
        const [value, series] = [findAgentProfileValue(metric.name, agent), forecasts.series(agentId, metric)]
        if (value === undefined || !series || isExceeded(value)) return []
        const served = objective && { objective: deriveObjective(objective, metric, agent, catalogue), derivedFrom: objective }
        const crossing = forecastCrossing(metric, series, threshold, snapshot.takenAt)
        return crossing.probability >= minProbability ? [{ agentId, metric, threshold, ...served, ...crossing }] : []
      })
    })
    .sort((a, b) => b.probability - a.probability)
    .map((target) => {
      const { agentId, metric, objective, derivedFrom } = target
      return { agentId, metric: metric.name, grounds: describeCrossing(target), ...(objective && { objective, derivedFrom }) }
    })
}

interface Limit {
  metric: Metric
  threshold: number
  isExceeded: (value: number) => boolean
  minProbability: number
}

/** No history of quantiles is kept. */
function toLimit([base]: RulesOfOneType, catalogue: MetricCatalogue): Limit[] {
  const { quantile, above, below } = base
  const metric = getMetric(catalogue, base.metric)
  if (quantile !== undefined || !isUsableForJudging(metric)) return []
  const isExceeded = (value: number) => isBeyond(base, value)
  return [{ metric, threshold: (above ?? below)!, isExceeded, minProbability: minCrossingProbability }]
}

/**
 * The limits of an objective on the side on which a metric is worse, and as far beyond them as is tolerated. An agent is often optimized
 * right up to its bounds, so only a probable crossing counts.
 */
function listBoundLimits({ subjectTo }: Objective, catalogue: MetricCatalogue): Limit[] {
  return subjectTo.flatMap(({ metric: name, quantile, min, max, tolerance }) => {
    const metric = getMetric(catalogue, name)
    const isLower = metric.direction === 'lower'
    const limit = isLower ? max : min
    if (quantile !== undefined || limit === undefined) return []
    const kind = toMetricKind(metric.kind)
    const tolerated = (tolerance ?? worthwhileEffect[kind]) * (kind === 'proportion' ? 1 : limit)
    const threshold = isLower ? limit + tolerated : limit - tolerated
    const isExceeded = (value: number) => (isLower ? value > threshold : value < threshold)
    return [{ metric, threshold, isExceeded, minProbability: probable }]
  })
}

function describeCrossing({
  agentId,
  metric,
  threshold,
  probability,
  interval,
}: ThresholdCrossing & { agentId: string; metric: Metric; threshold: number }): string {
  const minutes = forecastHorizonMs / 60_000
  const range = interval.map((value) => formatMetricValue(metric, value)).join(' to ')
  return `${metric.label} of ${agentId} crosses ${formatMetricValue(metric, threshold)} within ${minutes} min with a probability of ${formatRatio(probability, 2)} (80% interval ${range})`
}

/** The senders of the pairs whose messages take longest to settle. */
export function selectCoordinationTargets(pairs: readonly PairReading[]): StrategyTarget[] {
  return rankSlowestPairs(pairs).map((cost, rank) => ({
    agentId: cost.pair.fromAgent,
    metric: 'coordinationScore',
    grounds: describePair(cost, rank),
  }))
}
