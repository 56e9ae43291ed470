/** What happened in the fleet and may have changed a metric. */
import { sql } from 'kysely'
import type { ChangeEvent } from '../model/change-event.ts'
import type { Database } from './database.ts'

/** Events that are looked at, the newest. */
const mostEvents = 200

/** Configuration versions, restarts, alerts and deployments in a period of time, oldest first. */
export async function listChangeEvents(db: Database, from: Date, to: Date): Promise<ChangeEvent[]> {
  const { rows } = await sql<Omit<ChangeEvent, 'at' | 'component'> & { at: Date; component: string | null }>`
    select * from (
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
    order by at desc limit ${mostEvents}`.execute(db)
  return rows.toReversed().map(({ kind, at, component, description }) => ({
    kind,
    at: at.getTime(),
    ...(component !== null && { component }),
    description,
  }))
}
