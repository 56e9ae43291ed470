import { sql } from 'kysely'
import { type Database, inTransaction } from './database.ts'
import { insertPolicyChanges } from './policy-changes.ts'

export interface Pause {
  pausedBy: string
  reason: string
  since: Date
}

/** Serialises decisions about which trials run until the transaction ends; acquired before the lock of an agent. */
export async function lockFleet(db: Database): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('performance-optimizer fleet'))`.execute(db)
}

/**
 * Once this returns, no trial starts, and every trial started before is recorded. A pause that is in force already stays as it is.
 * @param aborts whether the running trials are rolled back as well, which is recorded even if the optimizer is paused already
 */
export function recordPause(db: Database, by: string, reason: string, aborts = false): Promise<void> {
  return inTransaction(db, async (db) => {
    await lockFleet(db)
    const pause = await findPause(db)
    // The same abort was recorded by an attempt whose answer was lost.
    if (pause && (!aborts || (pause.pausedBy === by && pause.reason === reason))) return
    await insertPolicyChanges(db, [{ field: 'paused', oldValue: pause !== undefined, newValue: true, changedBy: by, reason }])
  })
}

/** Allows trials to start again. */
export function recordResume(db: Database, by: string, reason: string): Promise<void> {
  return inTransaction(db, async (db) => {
    await lockFleet(db)
    if (!(await findPause(db))) return
    await insertPolicyChanges(db, [{ field: 'paused', oldValue: true, newValue: false, changedBy: by, reason }])
  })
}

/** Who paused the optimizer, why and when; undefined when it is not paused. */
export async function findPause(db: Database): Promise<Pause | undefined> {
  const latest = await db
    .selectFrom('policyChanges')
    .where('field', '=', 'paused')
    .orderBy('id', 'desc')
    .limit(1)
    .select(['newValue', 'changedBy', 'reason', 'changedAt'])
    .executeTakeFirst()
  return latest?.newValue === true ? { pausedBy: latest.changedBy, reason: latest.reason, since: latest.changedAt } : undefined
}
