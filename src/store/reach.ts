import { silentAfterMs } from '../model/liveness.ts'
import { agentInstances } from './agents.ts'
import type { Database } from './database.ts'

/** An instance that stays silent this long is taken to be gone for good; should it return, it is given what is assigned. */
const goneAfterMs = 10 * 60_000

export interface Reach {
  live: string[]
  silent: string[]
  gone: string[]
}

/** The instances of an agent by how lately they were heard of. */
export async function reach(db: Database, agentId: string, now = Date.now()): Promise<Reach> {
  const result: Reach = { live: [], silent: [], gone: [] }
  for (const { instanceId, heartbeatAt } of await agentInstances(db, agentId)) {
    const age = now - heartbeatAt.getTime()
    result[age < silentAfterMs ? 'live' : age < goneAfterMs ? 'silent' : 'gone'].push(instanceId)
  }
  return result
}
