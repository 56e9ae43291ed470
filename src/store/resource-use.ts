import { sql } from 'kysely'
import type { Database } from './database.ts'

/** The use of a resource on one day (UTC). */
export interface DailyUse {
  /** An agent, or else a component. */
  subject: string
  isAgent: boolean
  resource: string
  /** As `2026-11-29`. */
  day: string
  /** Hours that were measured. */
  hours: number
  /** The mean of the busiest hour; of an agent, the mean of its instances. */
  busiest: number
  /** Instances measured in the last hour of the day that has readings. */
  instances: number
  /** The last hour of the day that was measured. */
  lastAt: Date
}

/** The daily use of these resources since a time, by day, from the aggregates by the hour. */
export async function listDailyUse(db: Database, resources: readonly string[], since: Date): Promise<DailyUse[]> {
  const { rows } = await sql<DailyUse>`
    with hourly as (
      select coalesce(components.agent_id, use.component) as subject, components.agent_id is not null as is_agent,
        metric.key as resource, use.at, count(*)::int as instances,
        avg((metric.value ->> 1)::double precision / (metric.value ->> 0)::double precision) as mean
      from system_metrics_hours use left join components using (component), jsonb_each(use.metrics) metric
      where use.at >= ${since} and metric.key = any(${resources}::text[])
      group by 1, 2, 3, 4
    )
    select subject, is_agent as "isAgent", resource, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as hours,
      max(mean) as busiest, (array_agg(instances order by at desc))[1] as instances,
      max(at) as "lastAt"
    from hourly group by 1, 2, 3, 4 order by 1, 3, 4`.execute(db)
  return rows
}
