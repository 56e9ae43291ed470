import { type RawBuilder, sql } from 'kysely'
import { livenessTimeoutMs } from '../model/liveness.ts'

/**
 * When the process of an instance began and whether it replaced an earlier one, for inserts that update the row of a known instance. The
 * same process that announces itself again keeps both: that it started at the same time tells it, where it said so; else its process id,
 * which is always 1 in a container, and that it was not silent. Telemetry comes too seldom to tell silence. One that left comes back as
 * another.
 * @param now milliseconds since the epoch
 */
export function buildProcessStartColumns(now: number): { startedAt: RawBuilder<Date>; isRestart: RawBuilder<boolean> } {
  const isAnother = sql`coalesce(agent_instances.left_at is not null or agent_instances.process_id <> excluded.process_id
    or coalesce(agent_instances.process_started_at <> excluded.process_started_at,
      excluded.transport <> 'otlp' and agent_instances.heartbeat_at < ${new Date(now - livenessTimeoutMs)}), false)`
  return {
    startedAt: sql`case when ${isAnother} then excluded.started_at else agent_instances.started_at end`,
    isRestart: sql`${isAnother} or agent_instances.is_restart`,
  }
}
