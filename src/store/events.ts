import { sql } from 'kysely'
import type { Event } from '../model/event.ts'
import type { Database } from './database.ts'

/** The events after one and up to another, oldest first. */
export function listEvents(db: Database, { after, upTo }: { after: number; upTo: number }, limit: number): Promise<Event[]> {
  return db.selectFrom('events').where('id', '>', after).where('id', '<=', upTo).orderBy('id').limit(limit).selectAll().execute()
}

/** The ids of the oldest and the newest event; 0 if there is none. */
export async function findEventRange(db: Database): Promise<{ oldest: number; newest: number }> {
  return await db
    .selectFrom('events')
    .select(({ fn, lit }) => [
      fn.coalesce(fn.min<number>('id'), lit(0)).as('oldest'),
      fn.coalesce(fn.max<number>('id'), lit(0)).as('newest'),
    ])
    .executeTakeFirstOrThrow()
}

/** The ids of events after one, in order, and the oldest transaction that had not ended when they were read. */
export async function listEventIds(
  db: Database,
  after: number,
  limit: number,
): Promise<{ ids: number[]; oldestOpenTransaction: number }> {
  const { rows } = await sql<{ ids: number[]; oldest: number }>`
    select coalesce((select array_agg(id order by id) from (
        select id::float8 from events where id > ${after} order by id limit ${limit}
      ) as next), '{}') as ids,
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest`.execute(db)
  return { ids: rows[0]!.ids, oldestOpenTransaction: rows[0]!.oldest }
}

/** A number for a transaction that is greater than those of all transactions that have written so far. */
export async function getNextTransactionId(db: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`select pg_current_xact_id()::text::bigint as id`.execute(db)
  return rows[0]!.id
}
