/** Two agents that exchange messages, in either order: a change on one may show on the other. */
export type AgentPair = readonly [agentId: string, other: string]

/** The first running trial on another agent that exchanges messages with this one. */
export function findInterferingTrial<T extends { agentId: string }>(
  agentId: string,
  running: readonly T[],
  pairs: readonly AgentPair[],
): T | undefined {
  return running.find(
    (trial) => trial.agentId !== agentId && pairs.some((pair) => pair.includes(agentId) && pair.includes(trial.agentId)),
  )
}

/** The first strategy, in order of rank, whose agent and neighbors have no running trial. */
export function findNextEligibleStrategy<T extends { agentId: string }>(
  waiting: readonly T[],
  running: readonly { agentId: string }[],
  pairs: readonly AgentPair[],
): T | undefined {
  const isFree = ({ agentId }: T) =>
    running.every((trial) => trial.agentId !== agentId) && findInterferingTrial(agentId, running, pairs) === undefined
  return waiting.find(isFree)
}
