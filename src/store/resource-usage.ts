import { sql } from 'kysely'
import type { Database } from './database.ts'
import { minGapIntervals } from './monitoring-gaps.ts'

/** Instances are measured at least as often, whatever the monitoring interval; one that was not measured for longer is gone. */
const shortestIntervalMs = 60_000

/** The use of a resource on one day (UTC). */
export interface DailyUsage {
  /** An agent, or else a component. */
  subject: string
  isAgent: boolean
  /** Whether it is a single process of the optimizer, whose CPU usage is a share of one core, although that is not its limit. */
  isProcess: boolean
  resource: string
  /** As `2026-11-29`. */
  day: string
  /** Hours that were measured. */
  hours: number
  /** The mean of the busiest hour, of an agent that of its instances, as a share of the instances, cores or memory that it has now. */
  busiest: number
  /** The highest mean of an hour as it was measured. */
  highest: number
  /** The agent's instances that were measured with its newest readings; 1 for anything else. */
  instances: number
  /** The last hour of the day that was measured. */
  lastAt: Date
}

/**
 * The daily use of these resources since a time, by day, from the aggregates by the hour. The total use of an agent's instances is divided
 * among those of now; what a host or container used of other cores or another memory limit, related to those of now. So the effect of
 * following a recommendation shows at once.
 * @param intervalMs between two readings of the monitoring
 */
export async function listDailyUsage(
  db: Database,
  resources: readonly string[],
  since: Date,
  intervalMs = shortestIntervalMs,
): Promise<DailyUsage[]> {
  const recentMs = minGapIntervals * Math.max(intervalMs, shortestIntervalMs)
  const { rows } = await sql<DailyUsage>`
    with present as (
      select agent_id as subject, metric as resource, count(*)::int as instances
      from (select *, max(seen_at) over (partition by agent_id) as newest from components where agent_id is not null) known,
        jsonb_object_keys(metrics) metric
      where seen_at > newest - ${recentMs} * interval '1 millisecond'
      group by 1, 2
    ), measured as (
      select coalesce(components.agent_id, use.component) as subject, components.agent_id is not null as is_agent,
        components.kind is not distinct from 'process' as is_process,
        metric.key as resource, use.at, (metric.value ->> 0)::double precision as readings,
        (metric.value ->> 1)::double precision as sum,
        case when metric.key = 'memoryPercent' then use.metrics -> 'memoryLimitMb' ->> 3
          when metric.key = 'cpuPercent' and components.kind = 'host' then use.metrics -> 'cpuCores' ->> 3
        end::double precision as size
      from system_metrics_hours use left join components using (component), jsonb_each(use.metrics) metric
      where use.at >= ${since} and metric.key = any(${resources}::text[])
    ), hourly as (
      select subject, is_agent, is_process, resource, at, avg(sum / readings) as mean, sum(sum) as sum,
        max(readings) as readings, max(size) as size
      from measured group by 1, 2, 3, 4, 5
    ), compared as (
      select hourly.*, coalesce(instances, 1) as instances, first_value(size) over newest as size_now,
        -- Instances that replaced others within an hour have fewer readings than those of the hours beside it.
        sum / max(readings) over (partition by hourly.subject, hourly.resource order by at
          range between interval '1 hour' preceding and interval '1 hour' following) as together
      from hourly left join present on is_agent and present.subject = hourly.subject and present.resource = hourly.resource
      window newest as (partition by hourly.subject, hourly.resource order by at desc)
    )
    select subject, is_agent as "isAgent", is_process as "isProcess", resource, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as hours,
      max(case when is_agent and resource = 'cpuPercent' then together / instances
        else mean * coalesce(size / size_now, 1) end) as busiest,
      max(mean) as highest, max(instances) as instances, max(at) as "lastAt"
    from compared group by 1, 2, 3, 4, 5 order by 1, 4, 5`.execute(db)
  return rows
}
