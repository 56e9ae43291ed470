import { livenessTimeoutMs } from '../model/liveness.ts'
import { listAgentInstances } from './agents.ts'
import type { Database } from './database.ts'

/** An instance that is silent for this long is considered gone; if it returns, it gets its assigned configuration. */
const goneAfterMs = 10 * 60_000

export interface InstanceLiveness {
  live: string[]
  silent: string[]
  gone: string[]
}

/** Classifies the instances of an agent by the age of their last heartbeat. */
export async function classifyInstances(db: Database, agentId: string, now = Date.now()): Promise<InstanceLiveness> {
  const result: InstanceLiveness = { live: [], silent: [], gone: [] }
  for (const { instanceId, heartbeatAt } of await listAgentInstances(db, agentId)) {
    const age = now - heartbeatAt.getTime()
    result[age < livenessTimeoutMs ? 'live' : age < goneAfterMs ? 'silent' : 'gone'].push(instanceId)
  }
  return result
}
