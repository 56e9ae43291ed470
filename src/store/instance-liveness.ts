import { type Selectable, sql } from 'kysely'
import {
  dependsOnContact,
  determineLiveness,
  findFleetContactStart,
  goneAfterMs,
  type Liveness,
  livenessTimeoutMs,
} from '../model/liveness.ts'
import type { Database } from './database.ts'
import type { FleetTables } from './schema/fleet.ts'

/** An instance of an agent, and whether it is live. */
export type KnownInstance = Selectable<FleetTables['agentInstances']> & { liveness: Liveness }

/**
 * Every known instance of all agents (or those named), by agent, sorted by id, in two queries at most.
 * @param now milliseconds since the epoch
 */
export async function loadKnownInstances(
  db: Database,
  { agentIds, now = Date.now() }: { agentIds?: readonly string[]; now?: number } = {},
): Promise<Map<string, KnownInstance[]>> {
  if (agentIds?.length === 0) return new Map()
  const instances = await db
    .selectFrom('agentInstances')
    .$if(agentIds !== undefined, (query) => query.where('agentId', 'in', agentIds!))
    .selectAll()
    .orderBy('instanceId')
    .execute()
  // That takes every instance of the fleet, and is asked for often.
  const contactSince = instances.some((instance) => dependsOnContact(instance, now)) ? await loadFleetContactStart(db, now) : now
  const known = instances.map((instance) => ({ ...instance, liveness: determineLiveness(instance, now, contactSince) }))
  return Map.groupBy(known, ({ agentId }) => agentId)
}

/** Every known instance of an agent, sorted by id. */
export async function listKnownInstances(db: Database, agentId: string, now?: number): Promise<KnownInstance[]> {
  return (await loadKnownInstances(db, { agentIds: [agentId], now })).get(agentId) ?? []
}

export type InstanceLiveness = Record<Liveness, string[]>

/** The ids of an agent's instances by liveness. */
export async function classifyInstances(db: Database, agentId: string, now?: number): Promise<InstanceLiveness> {
  const result: InstanceLiveness = { live: [], silent: [], gone: [] }
  for (const { instanceId, liveness } of await listKnownInstances(db, agentId, now)) result[liveness].push(instanceId)
  return result
}

/** A time in which an instance of an agent was heard without a break, milliseconds since the epoch. */
export interface ContactPeriod {
  agentId: string
  from: number
  to: number
}

/** When each known instance was last heard without a break; until then it was live. */
export async function listContactPeriods(db: Database): Promise<ContactPeriod[]> {
  const rows = await db.selectFrom('agentInstances').select(['agentId', 'heardSince', 'heartbeatAt', 'leftAt']).execute()
  return rows.map(({ agentId, heardSince, heartbeatAt, leftAt }) => ({
    agentId,
    from: heardSince.getTime(),
    to: Math.min(heartbeatAt.getTime(), leftAt?.getTime() ?? Infinity),
  }))
}

/** Counts the live instances of the whole fleet. @param now milliseconds since the epoch */
export async function countLiveInstances(db: Database, now: number): Promise<number> {
  const row = await db
    .selectFrom('agentInstances')
    .where(isLive(now))
    .select(({ fn }) => fn.countAll<number>().as('instances'))
    .executeTakeFirstOrThrow()
  return row.instances
}

/**
 * Since when the optimizer has heard the fleet (`findFleetHeardSince`), milliseconds since the epoch; any time that is long enough ago to
 * tell which instances are gone, since one instance that is heard all the time then tells it for a fleet of any size.
 */
export async function loadFleetContactStart(db: Database, now: number): Promise<number> {
  const longEnough = new Date(now - goneAfterMs)
  const heard = db.selectFrom('agentInstances').select(['heardSince', 'heartbeatAt'])
  const steady = await heard
    .where('heartbeatAt', '>', new Date(now - livenessTimeoutMs))
    .where('heardSince', '<=', longEnough)
    .limit(1)
    .executeTakeFirst()
  if (steady) return steady.heardSince.getTime()
  const recent = await heard.where('heartbeatAt', '>', new Date(longEnough.getTime() - livenessTimeoutMs)).execute()
  return findFleetContactStart(recent, now)
}

/** Whether the optimizer has heard some instance of the fleet without a break since a time. @param now milliseconds since the epoch */
export async function hasUnbrokenContactSince(db: Database, since: Date, now: number): Promise<boolean> {
  const heard = await db
    .selectFrom('agentInstances')
    .where(isLive(now))
    .where('heardSince', '<=', since)
    .select('instanceId')
    .limit(1)
    .executeTakeFirst()
  return heard !== undefined
}

/** Whether a row of `agent_instances` is of a live instance. @param now milliseconds since the epoch */
export const isLive = (now: number) => sql<boolean>`(heartbeat_at > ${new Date(now - livenessTimeoutMs)} and left_at is null)`

/** Records an event for each instance that became silent since the last time that this was asked; of several callers, one tells of it. */
export async function recordSilences(db: Database, now = Date.now()): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { until } = await trx.selectFrom('recordedSilences').select('until').forUpdate().executeTakeFirstOrThrow()
    if (until.getTime() >= now) return
    await trx
      .updateTable('recordedSilences')
      .set({ until: new Date(now) })
      .execute()
    await sql`select record_event('instance.silent', jsonb_build_object('agentId', agent_id, 'instanceId', instance_id))
      from agent_instances where left_at is null
        and heartbeat_at > ${new Date(until.getTime() - livenessTimeoutMs)} and heartbeat_at <= ${new Date(now - livenessTimeoutMs)}`.execute(
      trx,
    )
  })
}

/** The start of an instance's unbroken heartbeats, as of a heartbeat at this time (ms since the epoch); for updates of its row. */
export const computeHeardSince = (now: number) =>
  sql<Date>`case when agent_instances.heartbeat_at > ${new Date(now - livenessTimeoutMs)} then agent_instances.heard_since else ${new Date(now)} end`
