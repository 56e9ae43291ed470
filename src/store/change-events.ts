/** Events in the fleet that may have changed a metric. */
import { sql } from 'kysely'
import type { ChangeEvent } from '../model/change-event.ts'
import type { Database } from './database.ts'

/** Events that are looked at, the newest; of each kind that a component has, and in all. */
const [maxOfKind, maxEvents] = [20, 200]

/**
 * Configuration versions, restarts, alerts and deployments in a period of time, oldest first.
 * @param first components whose events come first if there are too many, and those that concern all
 */
export async function listChangeEvents(
  db: Database,
  from: Date,
  to: Date,
  first: readonly string[] = [],
): Promise<ChangeEvent[]> {
  const { rows } = await sql<Omit<ChangeEvent, 'at' | 'component'> & { at: Date; component: string | null }>`
    select kind, at, component, description from (
      select *, row_number() over (partition by kind, component order by at desc) as rank from (
        select 'configuration' as kind, created_at as at, agent_id as component, 'version ' || version as description
        from configurations where created_at between ${from} and ${to}
        union all
        select 'restart', started_at, agent_id, 'instance ' || instance_id
        from agent_instances where is_restart and started_at between ${from} and ${to}
        union all
        select 'alert', raised_at, subject, metric
        from alerts where raised_at between ${from} and ${to} and cause = 'threshold' and subject is not null and metric is not null
        union all
        select 'deploy', at, component, description from deployments where at between ${from} and ${to}
      ) events
    ) ranked
    where rank <= ${maxOfKind}
    order by coalesce(component = any(${[...first]}::text[]), true) desc, at desc limit ${maxEvents}`.execute(db)
  return rows
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ kind, at, component, description }) => ({
      kind,
      at: at.getTime(),
      ...(component !== null && { component }),
      description,
    }))
}
