/** Two agents that speak with each other, in either order: a change of one may show in the other. */
export type AgentPair = readonly [agentId: string, other: string]

/** Whether a trial on one agent would disturb one on the other: the same agent, or one that speaks with it. */
export function doTrialsInterfere(agentId: string, other: string, pairs: readonly AgentPair[]): boolean {
  return agentId === other || pairs.some((pair) => agentId !== other && pair.includes(agentId) && pair.includes(other))
}

/** The first strategy, in the order of rank, that no running trial would be disturbed by. */
export function findNextEligible<T extends { agentId: string }>(
  waiting: readonly T[],
  running: readonly { agentId: string }[],
  pairs: readonly AgentPair[],
): T | undefined {
  return waiting.find(({ agentId }) => running.every((trial) => !doTrialsInterfere(agentId, trial.agentId, pairs)))
}
