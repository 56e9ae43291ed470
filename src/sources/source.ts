import type { ConfiguredMetric, RatioMetric } from '../model/metric.ts'
import type { SourceName } from '../model/profile.ts'
import type { Database } from '../store/database.ts'

export interface SourceRequest {
  db: Database
  /** Milliseconds since the epoch. */
  now: number
  /** All agents if undefined. */
  agentIds?: string[]
  /** Metrics that are computed of what executions report. */
  ratios?: readonly RatioMetric[]
  /** Where metrics are queried from, which, and with what headers; those may fail. */
  prometheus?: { url: string; metrics: readonly ConfiguredMetric[]; readHeaders?: () => Promise<Record<string, string>> }
}

/** A source of metrics: one read for all agents, in a number of queries that does not depend on how many there are. */
export interface Source<Reading> {
  name: SourceName
  read(request: SourceRequest): Promise<Reading>
  /** Combines readings of different agents, or none; missing if the source has no data of agents. */
  combine?(parts: Reading[]): Reading
}
