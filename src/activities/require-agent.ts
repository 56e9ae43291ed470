import type { Activities } from '../contract/activities.ts'
import { requireAgent } from '../store/agents.ts'
import type { Dependencies } from './dependencies.ts'

export function createRequireAgentActivity({ db }: Dependencies): Activities['requireAgent'] {
  return async ({ agentId }) => await requireAgent(db, agentId)
}
