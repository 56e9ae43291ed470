/** Targets: where a strategy may act, most promising first; it takes the first target that has a knob left to try. */
import type { Bottleneck, BottleneckType } from '../../../model/bottleneck.ts'
import { formatMetricValue, formatRatio } from '../../../model/format.ts'
import { findBuiltInMetric, type MetricName, type UsualMetric, usualMetrics } from '../../../model/metric.ts'
import type { Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { computeAttainment, getThreshold, rankAttainments } from '../../observing/attainment.ts'
import {
  forecastCrossing,
  forecastHorizonMs,
  type MetricSeriesCache,
  type ThresholdCrossing,
} from '../../observing/forecasting/index.ts'
import { computeOverallScore } from '../../observing/profiles/system.ts'
import { describePair, rankSlowestPairs } from './slowest-pairs.ts'

export interface StrategyTarget {
  agentId: string
  metric: MetricName
  /** The reason for this target, as a clause; omitted if the bottleneck states it. */
  grounds?: string
}

/** The metric of a bottleneck of an agent that does not name its own. */
export const metricOfBottleneck: Partial<Record<BottleneckType, UsualMetric>> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
}

/** A bottleneck of an agent is addressed there; one of the system at the agents that lower its score most. */
export function selectBottleneckTargets(bottleneck: Bottleneck, snapshot: Snapshot, thresholds: Thresholds): StrategyTarget[] {
  if (bottleneck.type !== 'system_performance')
    return [{ agentId: bottleneck.affectedComponent, metric: bottleneck.metric ?? metricOfBottleneck[bottleneck.type]! }]
  return snapshot.agents
    .toSorted((a, b) => (computeOverallScore([a]) ?? 1) - (computeOverallScore([b]) ?? 1))
    .flatMap((agent) => rankAttainments(agent, thresholds).map(({ metric }) => ({ agentId: agent.agentId, metric })))
}

/** The minimum probability of crossing a threshold within the forecast horizon for which a predictive strategy is planned. */
export const minCrossingProbability = 0.15

/** Metrics that are forecast to cross their threshold, the most likely first (B6). */
export function selectPredictiveTargets(
  snapshot: Snapshot,
  forecasts: MetricSeriesCache,
  thresholds: Thresholds,
): StrategyTarget[] {
  return snapshot.agents
    .flatMap(({ agentId, ...agent }) =>
      usualMetrics.flatMap((metric) => {
        const [value, series] = [agent[metric], forecasts.series(agentId, metric)]
        if (value === null || !series || computeAttainment(metric, value, thresholds) < 1) return []
        const threshold = getThreshold(metric, thresholds)
        return [{ agentId, metric, threshold, ...forecastCrossing(metric, series, threshold, snapshot.takenAt) }]
      }),
    )
    .filter(({ probability }) => probability >= minCrossingProbability)
    .sort((a, b) => b.probability - a.probability)
    .map((target) => ({ agentId: target.agentId, metric: target.metric, grounds: describeCrossing(target) }))
}

function describeCrossing({
  agentId,
  metric: name,
  threshold,
  probability,
  interval,
}: ThresholdCrossing & { agentId: string; metric: UsualMetric; threshold: number }): string {
  const metric = findBuiltInMetric(name)!
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
