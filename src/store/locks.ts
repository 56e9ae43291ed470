import type { Database } from './database.ts'

/**
 * Acquires the lock of an agent if it is free, expired, or already held by this trial.
 * @param now milliseconds since the epoch
 */
export async function acquireLock(
  db: Database,
  agentId: string,
  trialId: string,
  lifetimeMs: number,
  now: number,
): Promise<boolean> {
  const expiresAt = new Date(now + lifetimeMs)
  const taken = await db
    .insertInto('locks')
    .values({ agentId, trialId, expiresAt })
    .onConflict((conflict) =>
      conflict
        .column('agentId')
        .doUpdateSet({ trialId, expiresAt })
        .where((eb) => eb.or([eb('locks.trialId', '=', trialId), eb('locks.expiresAt', '<=', new Date(now))])),
    )
    .returning('agentId')
    .executeTakeFirst()
  return taken !== undefined
}

/** Renews a lock, even an expired one; false if another trial has acquired it. */
export async function renewLock(
  db: Database,
  agentId: string,
  trialId: string,
  lifetimeMs: number,
  now: number,
): Promise<boolean> {
  const renewed = await db
    .updateTable('locks')
    .set({ expiresAt: new Date(now + lifetimeMs) })
    .where('agentId', '=', agentId)
    .where('trialId', '=', trialId)
    .returning('agentId')
    .executeTakeFirst()
  return renewed !== undefined
}

/** Whether a trial holds the lock of an agent, expired or not; if so, nobody releases it until the transaction ends. */
export async function tryPinLock(trx: Database, agentId: string, trialId: string): Promise<boolean> {
  const held = await trx
    .selectFrom('locks')
    .where('agentId', '=', agentId)
    .where('trialId', '=', trialId)
    .select('agentId')
    .forUpdate()
    .executeTakeFirst()
  return held !== undefined
}

/** Releases a lock, unless another trial has acquired it. */
export async function releaseLock(db: Database, agentId: string, trialId: string): Promise<void> {
  await db.deleteFrom('locks').where('agentId', '=', agentId).where('trialId', '=', trialId).execute()
}

/** The locks that have not expired. @param now milliseconds since the epoch */
export function listLocks(db: Database, now: number): Promise<{ agentId: string; trialId: string }[]> {
  return db.selectFrom('locks').where('expiresAt', '>', new Date(now)).select(['agentId', 'trialId']).execute()
}

/** The lock of an agent, expired or not. */
export function findLock(
  db: Database,
  agentId: string,
): Promise<{ agentId: string; trialId: string; expiresAt: Date } | undefined> {
  return db.selectFrom('locks').where('agentId', '=', agentId).selectAll().executeTakeFirst()
}
