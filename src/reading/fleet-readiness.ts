import { listAgents } from '../store/agents.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { loadKnownInstances } from '../store/instance-liveness.ts'
import type { ReadContext } from './context.ts'

/** `absent`: no instance is live; `warm`: every agent with live instances has reported enough executions. */
export type FleetReadiness = 'absent' | 'warming' | 'warm'

/** @param executionsPerInstance how many executions for each live instance of an agent are enough */
export async function readFleetReadiness({ db }: ReadContext, executionsPerInstance: number): Promise<FleetReadiness> {
  const [agents, instances] = await Promise.all([listAgents(db), loadKnownInstances(db)])
  const present = agents
    .map(({ agentId }) => ({
      agentId,
      live: (instances.get(agentId) ?? []).filter(({ liveness }) => liveness === 'live').length,
    }))
    .filter(({ live }) => live > 0)
  const most = Math.max(0, ...present.map(({ live }) => live * executionsPerInstance))
  const executions = Map.groupBy(await listNewestExecutionsByAgent(db, undefined, most), ({ agentId }) => agentId)
  const isWarm = (agent: { agentId: string; live: number }) =>
    (executions.get(agent.agentId)?.length ?? 0) >= agent.live * executionsPerInstance
  if (present.length === 0) return 'absent'
  return present.every(isWarm) ? 'warm' : 'warming'
}
