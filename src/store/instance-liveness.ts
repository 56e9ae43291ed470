import { livenessTimeoutMs } from '../model/liveness.ts'
import { listAgentInstances } from './agents.ts'
import type { Database } from './database.ts'

/** An instance that stays silent this long is taken to be gone for good; should it return, it is given what is assigned. */
const goneAfterMs = 10 * 60_000

export interface InstanceLiveness {
  live: string[]
  silent: string[]
  gone: string[]
}

/** The instances of an agent by how lately they were heard of. */
export async function classifyInstances(db: Database, agentId: string, now = Date.now()): Promise<InstanceLiveness> {
  const result: InstanceLiveness = { live: [], silent: [], gone: [] }
  for (const { instanceId, heartbeatAt } of await listAgentInstances(db, agentId)) {
    const age = now - heartbeatAt.getTime()
    result[age < livenessTimeoutMs ? 'live' : age < goneAfterMs ? 'silent' : 'gone'].push(instanceId)
  }
  return result
}
