import { sql } from 'kysely'
import { determineLiveness, type HeartbeatRecord, livenessTimeoutMs } from '../model/liveness.ts'
import type { Database } from './database.ts'
import { loadFleetContactStart } from './instance-liveness.ts'

/** An agent that is away without having announced it. */
export interface AbsentAgent {
  agentId: string
  /** When its last instance was heard. */
  since: Date
}

/**
 * The agents that were not forgotten, whose instances are all gone and whose last one did not say that it stops. One that only sends
 * OpenTelemetry data, or is read from a database, is not among them: its silence means that it has nothing to do.
 * @param now milliseconds since the epoch
 */
export async function listAbsentAgents(db: Database, now: number): Promise<AbsentAgent[]> {
  const { rows } = await sql<HeartbeatRecord & { agentId: string }>`
    select distinct on (agent_id) agent_id, heard_since, heartbeat_at, left_at from agent_instances
    join agents using (agent_id)
    where forgotten_at is null and transport <> 'otlp' and not exists (
      select from agent_instances as other where other.agent_id = agent_instances.agent_id
        and left_at is null and heartbeat_at > ${new Date(now - livenessTimeoutMs)})
    order by agent_id, coalesce(left_at, heartbeat_at) desc`.execute(db)
  if (rows.length === 0) return []
  const contactSince = await loadFleetContactStart(db, now)
  return rows
    .filter((last) => last.leftAt === null && determineLiveness(last, now, contactSince) === 'gone')
    .map(({ agentId, heartbeatAt }) => ({ agentId, since: heartbeatAt }))
}
