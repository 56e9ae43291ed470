import { sql } from 'kysely'

/**
 * When the process of an instance began, for inserts that update the row of a known instance. The same process that announces itself again
 * keeps its time: that it started at the same time tells it, where it said so, else its process id. One that left comes back as another.
 */
export const startedAt = sql<Date>`case
  when agent_instances.left_at is null and coalesce(agent_instances.process_id = excluded.process_id, true)
    and coalesce(agent_instances.process_started_at = excluded.process_started_at, true) then agent_instances.started_at
  else excluded.started_at end`
