import { toleratedSkewMs } from '../model/liveness.ts'
import type { Database } from './database.ts'

/**
 * Moves the times at which components and instances were last seen from the future to now. They lie there after the host's clock was set
 * back; until it had caught up, new readings would pass for old ones, and instances that are gone for live ones. Likewise the time until which silences are on record.
 */
export async function correctFutureTimes(db: Database, now = Date.now()): Promise<void> {
  const present = new Date(now)
  const future = new Date(now + toleratedSkewMs)
  await db.updateTable('components').set({ seenAt: present }).where('seenAt', '>', future).execute()
  await db
    .updateTable('agentInstances')
    .set(({ ref, fn, val }) => ({
      heartbeatAt: present,
      heardSince: fn<Date>('least', [ref('heardSince'), val(present)]),
    }))
    .where('heartbeatAt', '>', future)
    .execute()
  await db.updateTable('recordedSilences').set({ until: present }).where('until', '>', future).execute()
}
