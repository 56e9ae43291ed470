/** How many instances may run with unproven values at once. */
export interface CandidateBudget {
  /** Instances of the whole fleet that run. */
  live: number
  /** Of them, those that are candidates already. */
  candidates: number
  /** The policy's share, to the nearest whole instance. */
  share: number
  /** The operator's share, which is never exceeded: rounded down. */
  hardShare?: number
}

/** What is left of the budget, in instances. One in the whole fleet is always allowed, or a small one could try nothing. */
export function remainingCandidates({ live, candidates, share, hardShare = 1 }: CandidateBudget): number {
  const most = Math.min(Math.round(share * live), Math.floor(hardShare * live))
  return Math.max(1, most) - candidates
}
