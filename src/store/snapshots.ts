import { sql } from 'kysely'
import type { AgentProfile, ObservedProfiles, Snapshot, SystemProfile } from '../model/profile.ts'
import { type Database, inTransaction } from './database.ts'

/** Profiles that one statement stores, which bounds the memory that it takes. */
const profilesAtOnce = 1_000
/** How long the profiles of a snapshot are kept if no strategy came of them. */
const keptWhole = '1 hour'

/** Stores a snapshot, each profile in a row of its own; repeating it changes nothing. */
export async function insertSnapshot(db: Database, { agents, ...content }: Snapshot, cycleId: string | null): Promise<void> {
  const { id, takenAt } = content
  await inTransaction(db, async (trx) => {
    await trx
      .insertInto('snapshots')
      .values({ id, cycleId, takenAt: new Date(takenAt), content: JSON.stringify(content) })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    for (let first = 0; first < agents.length; first += profilesAtOnce)
      await insertProfiles(trx, id, agents.slice(first, first + profilesAtOnce))
  })
}

/** A line for each profile, since JSON text has no line breaks: an array of texts full of quotes would take longer to write and to read. */
async function insertProfiles(db: Database, snapshotId: string, agents: readonly AgentProfile[]): Promise<void> {
  const agentIds = agents.map(({ agentId }) => agentId)
  const lines = agents.map((profile) => JSON.stringify(profile)).join('\n')
  await sql`
    insert into agent_profiles (snapshot_id, agent_id, content)
    select ${snapshotId}, agent_id, line::json
    from rows from (unnest(${agentIds}::text[]), string_to_table(${lines}, ${'\n'})) as entry (agent_id, line)
    on conflict do nothing`.execute(db)
}

/** A snapshot with the profiles of all agents. */
export async function findSnapshot(db: Database, id: string): Promise<Snapshot | undefined> {
  const row = await db.selectFrom('snapshots').where('id', '=', id).select('content').executeTakeFirst()
  if (!row) return undefined
  const profiles = await db
    .selectFrom('agentProfiles')
    .where('snapshotId', '=', id)
    .orderBy('agentId')
    .select('content')
    .execute()
  return { ...row.content, agents: profiles.map(({ content }) => content) }
}

/** The newest snapshot of a cycle, with the profiles of all agents; they are kept while the cycle runs, and for an hour. */
export async function findCycleSnapshot(db: Database, cycleId: string): Promise<Snapshot | undefined> {
  const row = await newestSnapshots(db).where('cycleId', '=', cycleId).select('id').executeTakeFirst()
  return row && (await findSnapshot(db, row.id))
}

/** The profile of an agent in the newest snapshot of a cycle; it is kept longer only if a strategy of the cycle is about the agent. */
export async function findCycleAgentProfile(db: Database, cycleId: string, agentId: string): Promise<AgentProfile | undefined> {
  const row = await db
    .selectFrom('agentProfiles')
    .where('snapshotId', '=', newestSnapshots(db).where('cycleId', '=', cycleId).select('id'))
    .where('agentId', '=', agentId)
    .select('content')
    .executeTakeFirst()
  return row?.content
}

/**
 * The profiles of some agents in the newest snapshot, without those that were forgotten since, and when it was taken (milliseconds since the
 * epoch); undefined before the first cycle.
 */
export async function findLatestAgentProfiles(db: Database, agentIds: readonly string[]): Promise<ObservedProfiles | undefined> {
  const newest = await newestSnapshots(db).select(['id', 'takenAt']).executeTakeFirst()
  if (!newest) return undefined
  const rows = await db
    .selectFrom('agentProfiles as profile')
    .innerJoin('agents as agent', 'agent.agentId', 'profile.agentId')
    .where('profile.snapshotId', '=', newest.id)
    .where('profile.agentId', '=', sql<string>`any(${agentIds}::text[])`)
    .where((eb) => eb.or([eb('historyFrom', 'is', null), eb('historyFrom', '<=', newest.takenAt)]))
    .select('content')
    .execute()
  return { takenAt: newest.takenAt.getTime(), agents: rows.map(({ content }) => content) }
}

/** The profile of the system in the newest snapshot, and when that was taken; undefined before the first cycle. */
export async function findLatestSystem(db: Database): Promise<{ takenAt: Date; system: SystemProfile } | undefined> {
  const row = await newestSnapshots(db).select(['takenAt', 'content']).executeTakeFirst()
  return row && { takenAt: row.takenAt, system: row.content.system }
}

const newestSnapshots = (db: Database) => db.selectFrom('snapshots').orderBy('takenAt', 'desc').limit(1)

/**
 * Deletes the profiles that are no longer needed: of snapshots older than an hour, except the newest and those of running cycles, all
 * but the agents with a strategy, whose trial is explained with what the cycle saw. `removeExpired` deletes the rest.
 */
export async function deleteSupersededAgentProfiles(db: Database): Promise<void> {
  await sql`
    with superseded as (
      select snapshots.id, cycle_id from snapshots
      left join cycles on cycles.id = cycle_id
      where taken_at between now() - interval '1 day' and now() - ${sql.lit(keptWhole)}::interval
        and state is distinct from 'running' and taken_at < (select max(taken_at) from snapshots)
    )
    delete from agent_profiles profile using superseded
    where snapshot_id = superseded.id and not exists (
      select from strategies where strategies.cycle_id = superseded.cycle_id and strategies.agent_id = profile.agent_id)`.execute(
    db,
  )
}
