import { sql } from 'kysely'
import type { Database } from './database.ts'
import { type Columns, insertRows, text } from './insert-rows.ts'

/** A message that NATS does not have yet. */
export interface OutboxMessage {
  id: number
  /** The same whenever it is sent again. */
  messageId: string
  subject: string
  /** JSON. */
  content: string
}

/** Adds a message for NATS, in the transaction that records what it reports: it is sent if and only if that is recorded. */
export async function insertOutboxMessages(
  db: Database,
  messages: readonly { subject: string; content: unknown }[],
): Promise<void> {
  const columns: Columns<(typeof messages)[number]> = {
    subject: text(({ subject }) => subject),
    content: text(({ content }) => JSON.stringify(content)),
  }
  await insertRows(db, { table: 'outbox', columns }, messages)
}

const lockId = 0x6f757462

/** Until the end of the transaction, nobody else sends messages. @returns false if somebody else does now */
export async function tryLockOutbox(trx: Database): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${lockId}) as locked`.execute(trx)
  return rows[0]!.locked
}

/** The oldest messages, in the order in which they were added. @param except subjects that are left out */
export async function listOutboxMessages(db: Database, limit: number, except: readonly string[] = []): Promise<OutboxMessage[]> {
  return await db
    .selectFrom('outbox')
    .$if(except.length > 0, (query) => query.where('subject', 'not in', except))
    .orderBy('id')
    .limit(limit)
    .select(['id', 'messageId', 'subject', 'content'])
    .execute()
}

export async function deleteOutboxMessages(db: Database, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('outbox').where('id', 'in', ids).execute()
}

/** Deletes the oldest messages of each subject that has more than `most`. @returns how many, by subject */
export async function trimOutbox(db: Database, subjects: readonly string[], most: number): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {}
  for (const subject of subjects) {
    const { numDeletedRows } = await db
      .deleteFrom('outbox')
      .where('subject', '=', subject)
      .where('id', '<=', (eb) =>
        eb.selectFrom('outbox').where('subject', '=', subject).orderBy('id', 'desc').offset(most).limit(1).select('id'),
      )
      .executeTakeFirstOrThrow()
    if (numDeletedRows > 0) deleted[subject] = Number(numDeletedRows)
  }
  return deleted
}
