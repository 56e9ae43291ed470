/** The instances that send OpenTelemetry data. */
import { sql } from 'kysely'
import type { Source } from '../../telemetry/identity.ts'
import type { Database } from '../database.ts'
import { heardSince } from '../instance-liveness.ts'
import { registerInstance } from '../registration.ts'

/** Source → the configuration version that it should run with. */
export type AssignedVersions = ReadonlyMap<string, number>

export const keyOf = ({ agentId, instanceId }: Pick<Source, 'agentId' | 'instanceId'>) => `${agentId}/${instanceId}`

/**
 * Registers the instances that are not known yet, and returns the versions that all known ones should run with. An agent that speaks the
 * agent protocol announces its instances and its knobs itself.
 * @param now milliseconds since the epoch
 */
export async function registerSources(db: Database, sources: readonly Source[], now: number): Promise<AssignedVersions> {
  const known = await findAssignedVersions(db, sources)
  const unknown = sources.filter((source) => !known.has(keyOf(source)))
  const announced = await listAnnouncedAgents(db, unknown)
  const registered = unknown.filter(({ agentId }) => !announced.has(agentId))
  if (registered.length === 0) return known
  // In one order, so that two requests from the same agents do not wait for each other.
  for (const source of registered.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)))
    await registerInstance(db, { ...source, transport: 'otlp', knobs: [], metrics: [], sentAt: now }, now)
  return await findAssignedVersions(db, sources)
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

async function findAssignedVersions(db: Database, sources: readonly Source[]): Promise<AssignedVersions> {
  if (sources.length === 0) return new Map()
  const rows = await db
    .selectFrom('agentInstances')
    .where(isOneOf(sources))
    .select(['agentId', 'instanceId', 'assignedVersion'])
    .execute()
  return new Map(rows.map((row) => [keyOf(row), row.assignedVersion]))
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

const isOneOf = (sources: readonly Pick<Source, 'agentId' | 'instanceId'>[]) => sql<boolean>`(agent_id, instance_id) in (
  select * from unnest(${sources.map(({ agentId }) => agentId)}::text[], ${sources.map(({ instanceId }) => instanceId)}::text[]))`
