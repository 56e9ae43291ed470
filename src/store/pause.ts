import { type Selectable, sql } from 'kysely'
import { type Database, inTransaction } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type Pause = Omit<Selectable<OptimizationTables['pause']>, 'onlyOne'>

/** Serialises decisions about which trials run until the transaction ends; acquired before the lock of an agent. */
export async function lockFleet(db: Database): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('performance-optimizer fleet'))`.execute(db)
}

/** Once this returns, no trial starts, and every trial started before is recorded. */
export function insertPause(db: Database, by: string, reason: string): Promise<void> {
  return inTransaction(db, async (db) => {
    await lockFleet(db)
    await db
      .insertInto('pause')
      .values({ pausedBy: by, reason })
      .onConflict((conflict) => conflict.column('onlyOne').doUpdateSet({ pausedBy: by, reason }))
      .execute()
  })
}

export async function deletePause(db: Database): Promise<void> {
  await db.deleteFrom('pause').execute()
}

/** Who paused the optimizer, why and when; undefined when it is not paused. */
export function findPause(db: Database): Promise<Pause | undefined> {
  return db.selectFrom('pause').select(['pausedBy', 'reason', 'since']).executeTakeFirst()
}
