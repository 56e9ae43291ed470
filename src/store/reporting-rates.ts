import { sql } from 'kysely'
import type { MetricName } from '../model/metric.ts'
import { decodeTimestamps } from './binary-arrays.ts'
import type { Database } from './database.ts'
import { hasUsableTime, isAfterHistoryStart } from './usable.ts'

/** How often an agent worked lately, and how often it reported a metric. */
export interface ReportingRate {
  agentId: string
  metric: MetricName
  /** When its newest executions finished, newest first, milliseconds since the epoch. */
  times: number[]
  /** How many of them report the metric. */
  reporting: number
}

/** The newest executions of agents as their times and a count, so that a row represents many of them. @param limit executions of each */
export async function listReportingRates(
  db: Database,
  wanted: readonly { agentId: string; metric: MetricName }[],
  limit: number,
): Promise<ReportingRate[]> {
  if (wanted.length === 0) return []
  const agentIds = wanted.map(({ agentId }) => agentId)
  const metrics = wanted.map(({ metric }) => metric)
  const { rows } = await sql<Omit<ReportingRate, 'times'> & { times: Buffer | null }>`
    select agent.agent_id, metric, newest.times, newest.reporting
    from unnest(${agentIds}::text[], ${metrics}::text[]) as wanted (agent_id, metric)
    join agents agent using (agent_id)
    cross join lateral (
      select array_send(array_agg(timestamp order by timestamp desc)) as times, count(*) filter (where metrics ? metric) as reporting
      from (
        select timestamp, metrics from agent_executions
        where agent_name = agent.agent_id and ${hasUsableTime} and ${isAfterHistoryStart}
        order by timestamp desc limit ${limit}
      ) execution
    ) newest`.execute(db)
  return rows.map(({ times, ...row }) => ({ ...row, times: decodeTimestamps(times) as number[] }))
}
