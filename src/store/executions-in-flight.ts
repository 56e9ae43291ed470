import { sql } from 'kysely'
import type { ExecutionInFlight } from '../messaging/protocol.ts'
import type { Database } from './database.ts'
import { hadExpectedValues } from './drift.ts'

/** An execution that has not finished, as of the newest heartbeat with any. */
export interface InFlightObservation {
  /** When the heartbeat came, milliseconds since the epoch. */
  at: number
  instance: string
  type: string
  /** How long it had run then. */
  durationMs: number
}

/**
 * Records the executions that an instance has in flight. If there are none, the previous ones are kept: those that have finished
 * since are known as executions, and the others did run at least that long.
 * @param now milliseconds since the epoch
 */
export async function recordExecutionsInFlight(
  db: Database,
  { agentId, instanceId }: { agentId: string; instanceId: string },
  executions: readonly ExecutionInFlight[],
  now: number,
): Promise<void> {
  if (executions.length === 0) return
  const reported = { reportedAt: new Date(now), executions: JSON.stringify(executions) }
  await db
    .insertInto('executionsInFlight')
    .values({ agentId, instanceId, ...reported })
    .onConflict((conflict) => conflict.columns(['agentId', 'instanceId']).doUpdateSet(reported))
    .execute()
}

/**
 * The executions in flight that instances started under the given versions since a time, the oldest first: those for which no execution has
 * been reported. Those of an instance that ran with other values than those of its version are left out.
 */
export async function listExecutionsInFlight(
  db: Database,
  { agentId, versions, instanceIds, from }: { agentId: string; versions: number[]; instanceIds: string[]; from: Date },
): Promise<InFlightObservation[]> {
  if (versions.length === 0 || instanceIds.length === 0) return []
  const startedAt = sql<Date>`(reported_at - running."runningMs" * interval '1 millisecond')`
  const work = {
    agentId: sql<string>`agent_id`,
    instanceId: sql<string>`instance_id`,
    startedAt,
    endedAt: sql<Date>`reported_at`,
  }
  const { rows } = await sql<{ at: Date; instance: string; type: string; durationMs: number }>`
    select reported_at as at, instance_id as instance, running.type, running."runningMs" as duration_ms
    from executions_in_flight
    cross join lateral jsonb_to_recordset(executions) running(id uuid, type text, version integer, "runningMs" float8)
    where agent_id = ${agentId} and instance_id = any(${instanceIds}::text[])
      and running.version = any(${versions}::integer[])
      and ${startedAt} >= ${from} and ${hadExpectedValues(work)}
      and not exists (
        select from agent_executions finished where finished.agent_name = ${agentId} and finished.id = running.id
          and finished.timestamp >= ${from}
      )
    order by ${startedAt}`.execute(db)
  return rows.map(({ at, ...execution }) => ({ ...execution, at: at.getTime() }))
}
