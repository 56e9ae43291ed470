/** An agent that is left out because its data cannot be processed. */
export interface UnusableAgent {
  agentId: string
  reason: string
}

/**
 * Computes something about a fleet; if that fails, computes it without the agents whose data alone makes it fail.
 * @param compute uses the data of only those agents that `includes` accepts
 * @throws its error if it does not come from the data of single agents
 */
export function excludeUnusableAgents<Result>(
  agentIds: readonly string[],
  compute: (includes: (agentId: string) => boolean) => Result,
): { result: Result; unusable: UnusableAgent[] } {
  try {
    return { result: compute(() => true), unusable: [] }
  } catch (error) {
    const unusable = agentIds.flatMap((agentId) => {
      const reason = findProblem(() => compute((id) => id === agentId))
      return reason === undefined ? [] : [{ agentId, reason }]
    })
    if (unusable.length === 0) throw error
    const leftOut = new Set(unusable.map(({ agentId }) => agentId))
    return { result: compute((id) => !leftOut.has(id)), unusable }
  }
}

/** Why something fails; undefined if it does not. */
function findProblem(compute: () => unknown): string | undefined {
  try {
    compute()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
