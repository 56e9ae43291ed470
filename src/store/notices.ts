import { sql } from 'kysely'
import type { Database } from './database.ts'

/** How long sent notices are remembered: longer than an approval may wait. */
const remembered = sql.lit('400 days')

/** Whether a receiver was notified of something. @param subject such as `approval opt_1728563421789_x7k2m` */
export async function wasNoticeSent(db: Database, receiver: string, subject: string): Promise<boolean> {
  const row = await db
    .selectFrom('notices')
    .where('receiver', '=', receiver)
    .where('subject', '=', subject)
    .select('subject')
    .executeTakeFirst()
  return row !== undefined
}

/** The subjects with this beginning that a receiver was notified of. */
export async function listNotifiedSubjects(db: Database, receiver: string, beginning: string): Promise<string[]> {
  const rows = await db
    .selectFrom('notices')
    .where('receiver', '=', receiver)
    .where(sql<boolean>`starts_with(subject, ${beginning})`)
    .select('subject')
    .execute()
  return rows.map(({ subject }) => subject)
}

/** Records that a receiver was notified of something; repeating it changes nothing. */
export async function recordNotice(db: Database, receiver: string, subject: string): Promise<void> {
  await db
    .insertInto('notices')
    .values({ receiver, subject })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db
    .deleteFrom('notices')
    .where('receiver', '=', receiver)
    .where('toldAt', '<', sql<Date>`now() - interval ${remembered}`)
    .execute()
}
