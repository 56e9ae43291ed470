import { OptimizerError } from '../model/errors.ts'
import type { Database } from '../store/database.ts'
import { renewLock } from '../store/locks.ts'
import type { Trial } from '../store/trials.ts'

/** Extends a trial's lock on its agent. @throws OptimizerError `lock-lost` if another trial has taken it. */
export async function renewTrialLock(db: Database, { id, agentId }: Trial, lifetimeMs: number): Promise<void> {
  if (await renewLock(db, agentId, id, lifetimeMs, Date.now())) return
  throw new OptimizerError('lock-lost', `${id} lost its lock on ${agentId}.`)
}
