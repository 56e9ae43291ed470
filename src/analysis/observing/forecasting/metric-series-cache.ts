import type { MetricHistory } from '../../../model/history.ts'
import { findBuiltInMetric, type Metric, standardMetrics } from '../../../model/metric.ts'
import { type AgentProfile, findAgentProfileValue, type ObservedProfiles } from '../../../model/profile.ts'
import { MetricSeries } from './metric-series.ts'

/** The series of every agent's metrics up to a snapshot; each is computed once, when first requested. */
export class MetricSeriesCache {
  private readonly snapshot: ObservedProfiles
  private readonly profiles: ReadonlyMap<string, AgentProfile>
  private readonly history: MetricHistory
  private readonly known = new Map<string, MetricSeries | undefined>()

  constructor(snapshot: ObservedProfiles, history: MetricHistory) {
    this.snapshot = snapshot
    this.profiles = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.history = history
  }

  /** Undefined if the metric is not reported now. */
  series(agentId: string, metric: Metric): MetricSeries | undefined {
    const key = `${agentId} ${metric.name}`
    if (!this.known.has(key)) this.known.set(key, this.follow(agentId, metric))
    return this.known.get(key)
  }

  /** When one of an agent's metrics last shifted, milliseconds since the epoch; 0 if never. */
  lastShiftAt(agentId: string): number {
    return Math.max(0, ...standardMetrics.map((name) => this.series(agentId, findBuiltInMetric(name)!)?.lastShift ?? 0))
  }

  private follow(agentId: string, metric: Metric): MetricSeries | undefined {
    const profile = this.profiles.get(agentId)
    const value = (profile && findAgentProfileValue(metric.name, profile)) ?? Number.NaN
    if (!Number.isFinite(value)) return undefined
    const at = this.snapshot.takenAt
    const earlier = this.history[agentId]?.[metric.name]?.filter((point) => point.at < at) ?? []
    return new MetricSeries(metric, [...earlier, { at, value }])
  }
}
