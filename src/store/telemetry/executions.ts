import { sql } from 'kysely'
import type { TelemetryExecution } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'
import { type AssumedVersions, assumeVersion } from './sources.ts'

/** Stores executions that came as spans; one that is known already counts once, whatever else it says now. */
export async function insertTelemetryExecutions(
  db: Database,
  executions: readonly TelemetryExecution[],
  assumed: AssumedVersions,
): Promise<void> {
  if (executions.length === 0) return
  const column = <T>(of: (execution: TelemetryExecution) => T) => executions.map(of)
  await sql`
    insert into agent_executions (id, timestamp, agent_name, execution_type, success, execution_time_ms, error_message,
      instance_id, configuration_version, metrics, own_usage, version_assumed)
    select id, to_timestamp(at / 1000), agent_name, type, success, duration_ms, error, instance_id, version, metrics, own_usage, assumed
    from unnest(
      ${column(({ id }) => id)}::uuid[], ${column(({ at }) => at)}::float8[], ${column(({ agentId }) => agentId)}::text[],
      ${column(({ type }) => type)}::text[], ${column(({ success }) => success)}::boolean[],
      ${column(({ durationMs }) => durationMs)}::float8[], ${column(({ error }) => error ?? null)}::text[],
      ${column(({ instanceId }) => instanceId)}::text[],
      ${column((each) => each.version ?? assumeVersion(assumed, each, each.at - each.durationMs))}::integer[],
      ${column(({ metrics }) => (hasAny(metrics) ? JSON.stringify(metrics) : null))}::jsonb[],
      ${column(({ ownUsage }) => ownUsage)}::boolean[], ${column(({ version }) => version === undefined)}::boolean[]
    ) as span(id, at, agent_name, type, success, duration_ms, error, instance_id, version, metrics, own_usage, assumed)
    where not exists (select from agent_executions known where known.id = span.id and known.own_usage is not null)
    on conflict do nothing`.execute(db)
}

function hasAny(metrics: object): boolean {
  for (const _ in metrics) return true
  return false
}
