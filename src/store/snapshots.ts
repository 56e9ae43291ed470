import { sql } from 'kysely'
import type { AgentProfile, Snapshot } from '../model/profile.ts'
import type { Database } from './database.ts'

/** Stores a snapshot; repeating it changes nothing. */
export async function insertSnapshot(db: Database, snapshot: Snapshot, cycleId: string | null): Promise<void> {
  await db
    .insertInto('snapshots')
    .values({ id: snapshot.id, cycleId, takenAt: new Date(snapshot.takenAt), content: JSON.stringify(snapshot) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function findSnapshot(db: Database, id: string): Promise<Snapshot | undefined> {
  const row = await db.selectFrom('snapshots').where('id', '=', id).select('content').executeTakeFirst()
  return row?.content
}

/** The newest snapshot of a cycle. */
export async function findCycleSnapshot(db: Database, cycleId: string): Promise<Snapshot | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .where('cycleId', '=', cycleId)
    .orderBy('takenAt', 'desc')
    .limit(1)
    .select('content')
    .executeTakeFirst()
  return row?.content
}

/** The profiles of some agents in the newest snapshot, and when it was taken (milliseconds since the epoch); undefined before the first cycle. */
export async function findLatestProfiles(
  db: Database,
  agentIds: readonly string[],
): Promise<{ takenAt: number; agents: AgentProfile[] } | undefined> {
  const { rows } = await sql<{ takenAt: Date; agents: AgentProfile[] }>`
    select taken_at, coalesce((
      select jsonb_agg(profile) from jsonb_array_elements(content -> 'agents') as profile
      join agents on agents.agent_id = profile ->> 'agentId'
      where agents.agent_id = any(${agentIds}::text[]) and (history_from is null or history_from <= taken_at)
    ), '[]') as agents
    from snapshots order by taken_at desc limit 1`.execute(db)
  const [row] = rows
  return row && { takenAt: row.takenAt.getTime(), agents: row.agents }
}

/** The newest snapshot, without the agents that were forgotten since; undefined before the first cycle. */
export async function findLatestSnapshot(db: Database): Promise<Snapshot | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .orderBy('takenAt', 'desc')
    .limit(1)
    .select('content')
    .select(sql<string[]>`array(select agent_id from agents where history_from > taken_at)`.as('forgotten'))
    .executeTakeFirst()
  return row && { ...row.content, agents: row.content.agents.filter(({ agentId }) => !row.forgotten.includes(agentId)) }
}
