import { listAgents } from '../store/agents.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { loadKnownInstances } from '../store/instance-liveness.ts'
import type { ReadingContext } from './context.ts'

/** Whether every agent with live instances has reported `executionsPerInstance` executions for each of them; false if there is none. */
export async function isFleetWarm({ db }: ReadingContext, executionsPerInstance: number): Promise<boolean> {
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
  return present.length > 0 && present.every(isWarm)
}
