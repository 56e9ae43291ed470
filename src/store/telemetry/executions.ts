import { sql } from 'kysely'
import type { TelemetryExecution } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'
import { boolean, type Columns, float, insertRows, integer, jsonb, text, timestamptz, uuid } from '../insert-rows.ts'
import { type AssumedVersions, findAssumedVersion } from './sources.ts'

/** Stores executions that came as spans; one that is known already counts once, whatever else it says now. */
export async function insertTelemetryExecutions(
  db: Database,
  executions: readonly TelemetryExecution[],
  assumed: AssumedVersions,
): Promise<void> {
  const table = 'agent_executions'
  const where = sql<boolean>`not exists (select from agent_executions known where known.id = entry.id and known.own_usage is not null)`
  const columns: Columns<TelemetryExecution> = {
    id: uuid(({ id }) => id),
    timestamp: timestamptz(({ at }) => at),
    agent_name: text(({ agentId }) => agentId),
    execution_type: text(({ type }) => type),
    success: boolean(({ success }) => success),
    execution_time_ms: float(({ durationMs }) => durationMs),
    error_message: text(({ error }) => error),
    instance_id: text(({ instanceId }) => instanceId),
    configuration_version: integer((each) => each.version ?? findAssumedVersion(assumed, each, each.at - each.durationMs)),
    metrics: jsonb(({ metrics }) => (hasAny(metrics) ? metrics : null)),
    own_usage: boolean(({ settled }) => settled.length > 0),
    settled_metrics: jsonb(({ settled }) => (settled.length > 0 ? settled : null)),
    version_assumed: boolean(({ version }) => version === undefined),
  }
  await insertRows(db, { table, columns, where }, executions)
}

function hasAny(metrics: object): boolean {
  for (const _ in metrics) return true
  return false
}
