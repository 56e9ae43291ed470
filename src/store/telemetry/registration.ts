/** The registration of instances that are met by their OpenTelemetry data, any number of them at once. */
import { sql } from 'kysely'
import type { MetricDeclaration } from '../../model/metric.ts'
import type { TelemetrySettings } from '../../model/telemetry.ts'
import { getInstanceKey, type TelemetryInstance } from '../../telemetry/identity.ts'
import { type Database, inTransaction } from '../database.ts'
import { computeKnobsDigest } from '../declarations.ts'
import { computeHeardSince } from '../instance-liveness.ts'
import { buildProcessStartColumns } from '../process-start.ts'
import { registerInstance } from '../registration.ts'

/** The numbers of agents and of instances above which data registers no further ones. */
export type SourceLimits = Pick<TelemetrySettings, 'maxAgents' | 'maxInstances'>

/** Why each is refused, by `getInstanceKey`. */
export type RefusedInstances = ReadonlyMap<string, string>

/**
 * Registers instances in a few statements, however many they are; those with knobs one by one, since their configurations follow from
 * what all instances of their agent declare. New ones beyond the limits are not registered.
 * @param now milliseconds since the epoch
 * @param configured metrics that the configuration declares
 * @returns the instances beyond the limits
 */
export function registerInstances(
  db: Database,
  sources: readonly TelemetryInstance[],
  now: number,
  { configured, limits }: { configured: readonly MetricDeclaration[]; limits: SourceLimits },
): Promise<RefusedInstances> {
  return inTransaction(db, async (db) => {
    // Two requests count the same agents otherwise, and lock them in different orders.
    await sql`select pg_advisory_xact_lock(hashtext('optimizer telemetry sources'))`.execute(db)
    const { admitted, refused } = await admit(db, sources, limits)
    const withKnobs = await listAgentsWithKnobs(db, admitted)
    const isSteered = ({ agentId, knobs }: TelemetryInstance) => knobs !== undefined || withKnobs.has(agentId)
    await registerWithoutKnobs(
      db,
      admitted.filter((source) => !isSteered(source)),
      now,
    )
    for (const source of admitted.filter(isSteered)) {
      const announcement = { ...source, transport: 'otlp' as const, knobs: [...(source.knobs ?? [])], metrics: [], sentAt: now }
      await registerInstance(db, announcement, now, configured)
    }
    return refused
  })
}

/** Which of these instances are known or within the limits, in the order of their names. */
async function admit(
  db: Database,
  sources: readonly TelemetryInstance[],
  { maxAgents, maxInstances }: SourceLimits,
): Promise<{ admitted: TelemetryInstance[]; refused: RefusedInstances }> {
  const { rows } = await sql<{ agentId: string; instanceId: string; knowsAgent: boolean; knowsInstance: boolean }>`
    select source.agent_id, source.instance_id, agent.agent_id is not null as knows_agent,
      instance.agent_id is not null as knows_instance
    from ${unnestInstances(sources)} as source (agent_id, instance_id)
    left join agents agent on agent.agent_id = source.agent_id and agent.forgotten_at is null
    left join agent_instances instance on instance.agent_id = source.agent_id and instance.instance_id = source.instance_id`.execute(
    db,
  )
  const known = new Map(rows.map((row) => [getInstanceKey(row), row]))
  const { agents, instances } = await countRegistered(db)
  const newAgents = new Set<string>()
  let newInstances = 0
  const admitted: TelemetryInstance[] = []
  const refused = new Map<string, string>()
  for (const source of sources.toSorted((a, b) => (getInstanceKey(a) < getInstanceKey(b) ? -1 : 1))) {
    const { knowsAgent, knowsInstance } = known.get(getInstanceKey(source))!
    const isNewAgent = !knowsAgent && !newAgents.has(source.agentId)
    if (isNewAgent && agents + newAgents.size >= maxAgents) {
      const reason = `belongs to a new agent, and there are already ${maxAgents} (telemetry.maxAgents); forget those that are gone`
      refused.set(getInstanceKey(source), reason)
    } else if (!knowsInstance && instances + newInstances >= maxInstances) {
      const reason = `comes from a new instance, and there are already ${maxInstances} (telemetry.maxInstances)`
      refused.set(getInstanceKey(source), reason)
    } else {
      if (isNewAgent) newAgents.add(source.agentId)
      if (!knowsInstance) newInstances++
      admitted.push(source)
    }
  }
  return { admitted, refused }
}

async function countRegistered(db: Database): Promise<{ agents: number; instances: number }> {
  const { rows } = await sql<{ agents: number; instances: number }>`
    select (select count(*) from agents where forgotten_at is null) as agents, (select count(*) from agent_instances) as instances
  `.execute(db)
  return rows[0]!
}

/** The agents with an instance that ever declared a knob. */
async function listAgentsWithKnobs(db: Database, sources: readonly TelemetryInstance[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ agentId: string }>`
    select distinct agent_id from declarations
    where agent_id = any(${sources.map(({ agentId }) => agentId)}::text[]) and knobs <> '[]'`.execute(db)
  return new Set(rows.map(({ agentId }) => agentId))
}

/** As `registerInstance`, of agents that have one configuration for ever because they have no knobs. */
async function registerWithoutKnobs(db: Database, sources: readonly TelemetryInstance[], now: number): Promise<void> {
  if (sources.length === 0) return
  const kinds = new Map(sources.map(({ agentId, kind }) => [agentId, kind]))
  const agentIds = [...kinds.keys()]
  const digest = computeKnobsDigest([])
  const moment = new Date(now)
  const { startedAt, isRestart } = buildProcessStartColumns(now)
  await sql`
    insert into agents (agent_id, kind)
    select * from unnest(${agentIds}::text[], ${[...kinds.values()]}::text[])
    on conflict (agent_id) do update set kind = excluded.kind, forgotten_at = null, forgotten_by = null`.execute(db)
  await sql`
    insert into declarations (agent_id, digest, knobs)
    select agent_id, ${digest}, '[]' from unnest(${agentIds}::text[]) as new (agent_id)
    on conflict do nothing`.execute(db)
  await sql`
    with first as (
      insert into configurations (agent_id, version, values, origin, reason)
      select agent_id, 1, '{}', 'default', 'The defaults the agent declared' from unnest(${agentIds}::text[]) as new (agent_id)
      where not exists (select from configurations known where known.agent_id = new.agent_id)
      returning agent_id, version
    )
    insert into proven_versions (agent_id, version) select agent_id, version from first`.execute(db)
  await sql`
    insert into agent_instances as agent_instances (agent_id, instance_id, transport, runtime, process_id, process_started_at, assigned_version,
      declaration_id, announced_at, started_at, declared_at, heard_since, heartbeat_at)
    select source.agent_id, source.instance_id, 'otlp', source.runtime, source.process_id, source.process_started_at,
      agent.configuration_version, declaration.id, ${moment}, least(source.process_started_at, ${moment}), ${moment}, ${moment}, ${moment}
    from unnest(
      ${sources.map(({ agentId }) => agentId)}::text[], ${sources.map(({ instanceId }) => instanceId)}::text[],
      ${sources.map(({ runtime }) => runtime ?? null)}::text[], ${sources.map(({ processId }) => processId ?? null)}::bigint[],
      ${sources.map(toProcessStart)}::timestamptz[]
    ) as source (agent_id, instance_id, runtime, process_id, process_started_at)
    join agents agent using (agent_id)
    join declarations declaration on declaration.agent_id = source.agent_id and declaration.digest = ${digest}
    on conflict (agent_id, instance_id) do update set transport = excluded.transport, url = null, runtime = excluded.runtime,
      process_id = excluded.process_id, process_started_at = excluded.process_started_at, declaration_id = excluded.declaration_id,
      announced_at = excluded.announced_at, started_at = ${startedAt}, is_restart = ${isRestart},
      heard_since = ${computeHeardSince(now)}, heartbeat_at = excluded.heartbeat_at, left_at = null, clock_skew_ms = 0, metrics = '{}'
  `.execute(db)
}

/** For a column. */
export const toProcessStart = ({ startedAt }: TelemetryInstance) => (startedAt === undefined ? null : new Date(startedAt))

/** Instances as rows of their agent and their id. */
export const unnestInstances = (instances: readonly Pick<TelemetryInstance, 'agentId' | 'instanceId'>[]) =>
  sql`unnest(${instances.map(({ agentId }) => agentId)}::text[], ${instances.map(({ instanceId }) => instanceId)}::text[])`
