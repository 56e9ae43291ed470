import { sql } from 'kysely'
import { type Database, inTransaction } from './database.ts'

/**
 * Reads the newest rows of each agent in the order of their index. By itself, PostgreSQL reads all rows of an agent and sorts them where it
 * expects few of each, which takes longer, and for an agent that has many, much longer.
 */
export const readInIndexOrder = <T>(db: Database, read: (db: Database) => Promise<T>): Promise<T> =>
  inTransaction(db, async (trx) => {
    await sql`select set_config('enable_sort', 'off', true)`.execute(trx)
    return await read(trx)
  })
