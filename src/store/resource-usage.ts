import { sql } from 'kysely'
import type { Database } from './database.ts'

/** The use of a resource on one day (UTC). */
export interface DailyUsage {
  /** An agent, or else a component. */
  subject: string
  isAgent: boolean
  resource: string
  /** As `2026-11-29`. */
  day: string
  /** Hours that were measured. */
  hours: number
  /** The mean of the busiest hour, of an agent that of its instances, as a share of the instances, cores or memory that it has now. */
  busiest: number
  /** The highest mean of an hour as it was measured. */
  highest: number
  /** Instances measured in the last hour of the day that has readings. */
  instances: number
  /** The last hour of the day that was measured. */
  lastAt: Date
}

/**
 * The daily use of these resources since a time, by day, from the aggregates by the hour. The total use of an agent's instances is divided
 * among those of now; what a host or container used of other cores or another memory limit, related to those of now. So the effect of
 * following a recommendation shows at once.
 */
export async function listDailyUsage(db: Database, resources: readonly string[], since: Date): Promise<DailyUsage[]> {
  const { rows } = await sql<DailyUsage>`
    with measured as (
      select coalesce(components.agent_id, use.component) as subject, components.agent_id is not null as is_agent,
        metric.key as resource, use.at, (metric.value ->> 0)::double precision as readings,
        (metric.value ->> 1)::double precision as sum,
        case when metric.key = 'memoryPercent' then use.metrics -> 'memoryLimitMb' ->> 3
          when metric.key = 'cpuPercent' and components.kind = 'host' then use.metrics -> 'cpuCores' ->> 3
        end::double precision as size
      from system_metrics_hours use left join components using (component), jsonb_each(use.metrics) metric
      where use.at >= ${since} and metric.key = any(${resources}::text[])
    ), hourly as (
      select subject, is_agent, resource, at, count(*)::int as instances, avg(sum / readings) as mean, sum(sum) as sum,
        max(readings) as readings, max(size) as size
      from measured group by 1, 2, 3, 4
    ), compared as (
      select *, first_value(instances) over newest as instances_now, first_value(size) over newest as size_now,
        -- Instances that replaced others within an hour have fewer readings than those of the hours beside it.
        sum / max(readings) over (partition by subject, resource order by at
          range between interval '1 hour' preceding and interval '1 hour' following) as together
      from hourly window newest as (partition by subject, resource order by at desc)
    )
    select subject, is_agent as "isAgent", resource, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as hours,
      max(case when is_agent and resource = 'cpuPercent' then together / instances_now
        else mean * coalesce(size / size_now, 1) end) as busiest,
      max(mean) as highest, (array_agg(instances order by at desc))[1] as instances, max(at) as "lastAt"
    from compared group by 1, 2, 3, 4 order by 1, 3, 4`.execute(db)
  return rows
}
