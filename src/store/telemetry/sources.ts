/** The instances that send OpenTelemetry data. */
import { sql } from 'kysely'
import { toleratedSkewMs } from '../../model/liveness.ts'
import type { MetricDeclaration } from '../../model/metric.ts'
import { getInstanceKey, type TelemetryInstance } from '../../telemetry/identity.ts'
import type { Database } from '../database.ts'
import { computeKnobsDigest } from '../declarations.ts'
import { computeHeardSince } from '../instance-liveness.ts'
import { type RefusedInstances, registerInstances, type SourceLimits, toProcessStart, unnestInstances } from './registration.ts'

/** Instance → the configuration version that it runs with, for what began since a time (milliseconds since the epoch). */
export type AssumedVersions = ReadonlyMap<string, { version: number; since: number }>

type Instance = Pick<TelemetryInstance, 'agentId' | 'instanceId'>

/** How long every instance may take to run with a version that was written, milliseconds. */
const settlesWithinMs = 60_000

/**
 * Registers the instances that the record does not have as they are now, and returns the versions that all known ones run with, and those
 * beyond the limits. An agent that speaks the agent protocol announces its instances and its knobs itself.
 * @param now milliseconds since the epoch
 * @param configured metrics that the configuration declares
 */
export async function registerSources(
  db: Database,
  sources: readonly TelemetryInstance[],
  now: number,
  context: { configured: readonly MetricDeclaration[]; limits: SourceLimits },
): Promise<{ assumed: AssumedVersions; refused: RefusedInstances }> {
  const recorded = await loadRecord(db, sources)
  const changed = sources.filter((source) => !recorded.get(getInstanceKey(source))?.isCurrent)
  const announced = await listAnnouncedAgents(db, changed)
  const unrecorded = changed.filter(({ agentId }) => !announced.has(agentId))
  if (unrecorded.length === 0) return { assumed: recorded, refused: new Map() }
  const refused = await registerInstances(db, unrecorded, now, context)
  return { assumed: await loadRecord(db, sources), refused }
}

async function listAnnouncedAgents(db: Database, sources: readonly TelemetryInstance[]): Promise<ReadonlySet<string>> {
  if (sources.length === 0) return new Set()
  const { rows } = await sql<{ agentId: string }>`
    select distinct agent_id from agent_instances
    where agent_id = any(${[...new Set(sources.map(({ agentId }) => agentId))]}::text[]) and transport <> 'otlp'`.execute(db)
  return new Set(rows.map(({ agentId }) => agentId))
}

/**
 * The versions that instances run with according to the record, and whether it has them as they are now. One without knobs has always the
 * same version. Those of others are only certain while no trial is open: then whatever began a while after its version was written ran
 * with it. Where the answer of a webhook says what is in force, that is certain also during a trial.
 */
async function loadRecord(
  db: Database,
  sources: readonly TelemetryInstance[],
): Promise<ReadonlyMap<string, { version: number; since: number; isCurrent: boolean }>> {
  if (sources.length === 0) return new Map()
  const column = (of: (source: TelemetryInstance) => string | null) => sql`${sources.map(of)}::text[]`
  const { rows } = await sql<{
    agentId: string
    instanceId: string
    version: number
    since: Date | number | null
    answered: Date | null
    isCurrent: boolean
  }>`
    select instance.agent_id, instance.instance_id, instance.assigned_version as version,
      instance.in_force_since as answered,
      agent.kind = source.kind and declaration.digest = source.digest and instance.runtime is not distinct from source.runtime
        and (source.process_started_at is null or coalesce(instance.process_started_at = source.process_started_at, false)) as is_current,
      case
        when declaration.knobs = '[]' then null
        when instance.effective_version <> instance.assigned_version then 'infinity'
        when instance.in_force_since is not null then instance.in_force_since
        when instance.effective_version is not null and not exists (
          select from trials where trials.agent_id = instance.agent_id and ended_at is null
        ) then configuration.created_at
        else 'infinity'
      end as since
    from unnest(
      ${column(({ agentId }) => agentId)}, ${column(({ instanceId }) => instanceId)}, ${column(({ kind }) => kind)},
      ${column(({ runtime }) => runtime ?? null)}, ${column(({ knobs }) => computeKnobsDigest(knobs ?? []))},
      ${sources.map(toProcessStart)}::timestamptz[]
    ) as source (agent_id, instance_id, kind, runtime, digest, process_started_at)
    join agents agent using (agent_id)
    join agent_instances instance using (agent_id, instance_id)
    join declarations declaration on declaration.id = instance.declaration_id
    join configurations configuration
      on configuration.agent_id = instance.agent_id and configuration.version = instance.assigned_version`.execute(db)
  return new Map(
    rows.map(({ version, since, answered, isCurrent, ...instance }) => {
      const settledAt =
        since instanceof Date ? since.getTime() + (answered ? toleratedSkewMs : settlesWithinMs) : Number(since ?? 0)
      return [getInstanceKey(instance), { version, since: settledAt, isCurrent }]
    }),
  )
}

/** The version with which an instance did what began at a time, if the record is certain of it; otherwise null. */
export function findAssumedVersion(assumed: AssumedVersions, instance: Instance, startedAt: number): number | null {
  const found = assumed.get(getInstanceKey(instance))
  return found && startedAt >= found.since ? found.version : null
}

/** Records that instances known only from OpenTelemetry data are alive; others send heartbeats. */
export async function recordLiveness(db: Database, instances: readonly Instance[], now: number): Promise<void> {
  if (instances.length === 0) return
  // Locked in one order, so that two of these do not wait for each other.
  await sql`
    with heard as (
      select agent_id, instance_id from agent_instances
      where transport = 'otlp' and (agent_id, instance_id) in (select * from ${unnestInstances(instances)})
      order by agent_id, instance_id for no key update
    )
    update agent_instances set heard_since = ${computeHeardSince(now)}, heartbeat_at = ${new Date(now)}, left_at = null
    from heard where agent_instances.agent_id = heard.agent_id and agent_instances.instance_id = heard.instance_id`.execute(db)
}
