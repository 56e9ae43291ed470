/** Where a strategy may act, best grounds first: a strategy takes the first target that has a knob left to try. */
import type { Bottleneck, BottleneckType } from '../../../model/bottleneck.ts'
import type { JudgedMetric } from '../../../model/knob.ts'
import type { Snapshot } from '../../../model/profile.ts'
import type { PairReading } from '../../../model/readings.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { type Crossing, crossing, type Forecasts, horizonMs } from '../../observing/forecasting/index.ts'
import { overallScore } from '../../observing/profiles/system.ts'
import { attainment, attainments, thresholdOf, watchedMetrics } from './attainment.ts'
import { inWords, slowestPairs } from './pairs.ts'

export interface Target {
  agentId: string
  metric: JudgedMetric
  /** Why there, in words; left out where the bottleneck says it. */
  grounds?: string
}

const metricOf: Record<Exclude<BottleneckType, 'system_performance'>, JudgedMetric> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
}

/** A bottleneck of an agent is mended there; one of the system at the agents that lower its score most. */
export function bottleneckTargets(bottleneck: Bottleneck, snapshot: Snapshot, thresholds: Thresholds): Target[] {
  if (bottleneck.type !== 'system_performance')
    return [{ agentId: bottleneck.affectedComponent, metric: metricOf[bottleneck.type] }]
  return snapshot.agents
    .toSorted((a, b) => (overallScore([a]) ?? 1) - (overallScore([b]) ?? 1))
    .flatMap((agent) => attainments(agent, thresholds).map(({ metric }) => ({ agentId: agent.agentId, metric })))
}

/** A predictive strategy needs at least this probability that a threshold is crossed within the horizon of the forecast. */
export const leastProbability = 0.15

/** Metrics that are forecast to cross their threshold, the likeliest first (B6). */
export function predictiveTargets(snapshot: Snapshot, forecasts: Forecasts, thresholds: Thresholds): Target[] {
  return snapshot.agents
    .flatMap(({ agentId, ...agent }) =>
      watchedMetrics.flatMap((metric) => {
        const [value, series] = [agent[metric], forecasts.series(agentId, metric)]
        if (value === null || !series || attainment(metric, value, thresholds) < 1) return []
        const threshold = thresholdOf(metric, thresholds)
        return [{ agentId, metric, threshold, ...crossing(metric, series, threshold, snapshot.takenAt) }]
      }),
    )
    .filter(({ probability }) => probability >= leastProbability)
    .sort((a, b) => b.probability - a.probability)
    .map((target) => ({ agentId: target.agentId, metric: target.metric, grounds: foreseen(target) }))
}

function foreseen({ agentId, metric, threshold, probability, interval }: Crossing & Target & { threshold: number }): string {
  const shown = (value: number) => (metric === 'responseTime' ? `${Math.round(value)} ms` : `${Math.round(value * 100)} %`)
  const minutes = horizonMs / 60_000
  const range = interval.map(shown).join(' to ')
  return `${metric} of ${agentId} crosses ${shown(threshold)} within ${minutes} min with a probability of ${Math.round(probability * 100)} % (80 % interval ${range})`
}

/** Coordination is enhanced where messages take longest to be settled. */
export function coordinationTargets(pairs: readonly PairReading[]): Target[] {
  return slowestPairs(pairs).map((cost, rank) => ({
    agentId: cost.pair.fromAgent,
    metric: 'coordinationScore',
    grounds: inWords(cost, rank),
  }))
}
