import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isLockUnavailable } from './errors.ts'

/** Others wait at most as long behind a lock that this program waits for. */
const lockMs = 40
const attempts = 100
const longestPauseMs = 200

/**
 * Runs a transaction that locks busy tables. It never waits long for a lock, because all other users would queue
 * behind it, but retries after a pause.
 * @throws the error of PostgreSQL if no attempt gets its locks
 */
export async function withBriefLocks<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(async (trx) => {
        await sql`set local lock_timeout = ${sql.lit(lockMs)}`.execute(trx)
        return await work(trx)
      })
    } catch (error) {
      if (attempt === attempts || !isLockUnavailable(error)) throw error
      await delay(Math.random() * longestPauseMs)
    }
  }
}
