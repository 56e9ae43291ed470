/** The instances that send OpenTelemetry data. */
import { sql } from 'kysely'
import { toleratedSkewMs } from '../../model/liveness.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import type { Source } from '../../telemetry/identity.ts'
import type { Database } from '../database.ts'
import { heardSince } from '../instance-liveness.ts'
import { registerInstance } from '../registration.ts'

/** Instance → the configuration version that it runs with, for what began since a time (milliseconds since the epoch). */
export type AssumedVersions = ReadonlyMap<string, { version: number; since: number }>

type Instance = Pick<Source, 'agentId' | 'instanceId'>

export const keyOf = ({ agentId, instanceId }: Instance) => `${agentId}/${instanceId}`

/** How long every instance may take to run with a version that was written, milliseconds. */
const settlesWithinMs = 60_000

/**
 * Registers the instances that are not known yet, and returns the versions that all known ones run with. An agent that speaks the
 * agent protocol announces its instances and its knobs itself.
 * @param registered sources that this process has registered; one that has not is registered again, since its knobs may be others now
 * @param now milliseconds since the epoch
 * @param configured metrics that the configuration declares
 */
export async function registerSources(
  db: Database,
  sources: readonly Source[],
  now: number,
  { configured, registered }: { configured: readonly MetricDeclaration[]; registered: ReadonlySet<string> },
): Promise<AssumedVersions> {
  const known = await findAssumedVersions(db, sources)
  const unknown = sources.filter((source) => !known.has(keyOf(source)) || !registered.has(keyOf(source)))
  if (unknown.length === 0) return known
  const announced = await listAnnouncedAgents(db, unknown)
  const unannounced = unknown.filter(({ agentId }) => !announced.has(agentId))
  if (unannounced.length === 0) return known
  // In one order, so that two requests from the same agents do not wait for each other.
  for (const source of unannounced.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)))
    await registerInstance(
      db,
      { ...source, transport: 'otlp', knobs: [...(source.knobs ?? [])], metrics: [], sentAt: now },
      now,
      configured,
    )
  return await findAssumedVersions(db, sources)
}

async function listAnnouncedAgents(db: Database, sources: readonly Source[]): Promise<ReadonlySet<string>> {
  if (sources.length === 0) return new Set()
  const agentIds = sources.map(({ agentId }) => agentId)
  const rows = await db
    .selectFrom('agentInstances')
    .where('agentId', 'in', agentIds)
    .where('transport', '!=', 'otlp')
    .select('agentId')
    .distinct()
    .execute()
  return new Set(rows.map(({ agentId }) => agentId))
}

/**
 * The versions that instances run with according to the record. One without knobs has always the same. The others are only certain while
 * no trial is open: then whatever began a while after its version was written ran with it. Where the answer of a webhook says what is in force,
 * that is certain also during a trial.
 */
async function findAssumedVersions(db: Database, sources: readonly Source[]): Promise<AssumedVersions> {
  if (sources.length === 0) return new Map()
  const { rows } = await sql<{ agentId: string; instanceId: string; version: number; since: Date | null; answered: Date | null }>`
    select instance.agent_id, instance.instance_id, instance.assigned_version as version, instance.in_force_since as answered,
      case
        when declaration.knobs = '[]' then null
        when instance.effective_version <> instance.assigned_version then 'infinity'
        when instance.in_force_since is not null then instance.in_force_since
        when instance.effective_version is not null and not exists (
          select from trials where trials.agent_id = instance.agent_id and ended_at is null
        ) then configuration.created_at
        else 'infinity'
      end as since
    from unnest(${sources.map(({ agentId }) => agentId)}::text[], ${sources.map(({ instanceId }) => instanceId)}::text[])
      as source(agent_id, instance_id)
    join agent_instances instance using (agent_id, instance_id)
    join declarations declaration on declaration.id = instance.declaration_id
    join configurations configuration
      on configuration.agent_id = instance.agent_id and configuration.version = instance.assigned_version`.execute(db)
  return new Map(
    rows.map((row) => {
      const since =
        row.since instanceof Date ? row.since.getTime() + (row.answered ? toleratedSkewMs : settlesWithinMs) : row.since
      return [keyOf(row), { version: row.version, since: since === null ? 0 : Number(since) }]
    }),
  )
}

/** The version with which an instance did what began at a time, if the record is certain of it; otherwise null. */
export function assumeVersion(assumed: AssumedVersions, instance: Instance, startedAt: number): number | null {
  const found = assumed.get(keyOf(instance))
  return found && startedAt >= found.since ? found.version : null
}

/** Records that instances of which only OpenTelemetry data is known are alive; others send heartbeats. */
export async function recordSigns(db: Database, sources: readonly Source[], now: number): Promise<void> {
  if (sources.length === 0) return
  await db
    .updateTable('agentInstances')
    .set({ heardSince: heardSince(now), heartbeatAt: new Date(now), leftAt: null })
    .where('transport', '=', 'otlp')
    .where(isOneOf(sources))
    .execute()
}

const isOneOf = (sources: readonly Instance[]) => sql<boolean>`(agent_id, instance_id) in (
  select * from unnest(${sources.map(({ agentId }) => agentId)}::text[], ${sources.map(({ instanceId }) => instanceId)}::text[]))`
