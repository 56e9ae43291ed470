/** Where a strategy may act, best grounds first: a strategy takes the first target that has a knob left to try. */
import type { Bottleneck, BottleneckType } from '../../model/bottleneck.ts'
import type { JudgedMetric } from '../../model/knob.ts'
import type { AgentProfile, Snapshot } from '../../model/profile.ts'
import type { Thresholds } from '../../model/thresholds.ts'
import { overallScore } from '../profiles/system.ts'
import { attainment, attainments, watchedMetrics } from './attainment.ts'
import { forecast } from './forecast.ts'

export interface Target {
  agentId: string
  metric: JudgedMetric
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

/** Metrics that are not over their threshold, by how near the forecast brings them to it (B6). */
export function predictiveTargets(snapshot: Snapshot, history: readonly Snapshot[], thresholds: Thresholds): Target[] {
  return snapshot.agents
    .flatMap((agent) =>
      watchedMetrics.map((metric) => ({
        agentId: agent.agentId,
        metric,
        now: agent[metric],
        later: forecast(agent.agentId, metric, snapshot, history),
      })),
    )
    .flatMap(({ now, later, ...target }) => (now === null || later === null ? [] : [{ ...target, now, later }]))
    .filter(({ metric, now }) => attainment(metric, now, thresholds) >= 1)
    .map(({ agentId, metric, later }) => ({ agentId, metric, margin: attainment(metric, later, thresholds) }))
    .sort((a, b) => a.margin - b.margin)
    .map(({ agentId, metric }) => ({ agentId, metric }))
}

/** Coordination is enhanced where it is worst. */
export function coordinationTargets(snapshot: Snapshot): Target[] {
  const score = (agent: AgentProfile) => agent.coordinationScore ?? Number.NaN
  return snapshot.agents
    .filter((agent) => Number.isFinite(score(agent)))
    .sort((a, b) => score(a) - score(b))
    .map(({ agentId }) => ({ agentId, metric: 'coordinationScore' }))
}
