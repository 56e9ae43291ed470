import { listAgents, loadInstancesByAgent } from '../store/agents.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import type { ReadingContext } from './context.ts'

/** Whether every agent has reported `executionsPerInstance` executions for each of its instances; false if there are no agents. */
export async function isFleetWarm({ db }: ReadingContext, executionsPerInstance: number): Promise<boolean> {
  const [agents, instances] = await Promise.all([listAgents(db), loadInstancesByAgent(db)])
  const wanted = (agentId: string) => (instances.get(agentId)?.length ?? 0) * executionsPerInstance
  const most = Math.max(0, ...agents.map(({ agentId }) => wanted(agentId)))
  const executions = Map.groupBy(await listNewestExecutionsByAgent(db, undefined, most), ({ agentId }) => agentId)
  return agents.length > 0 && agents.every(({ agentId }) => (executions.get(agentId)?.length ?? 0) >= wanted(agentId))
}
