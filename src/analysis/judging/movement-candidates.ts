import type { Movement } from './state-space.ts'

/** How an instance's values may move by themselves, and how probable that is before one has seen any. */
export interface MovementCandidate {
  movement: Movement
  prior: number
}

// Times are in mean spacings of the samples.
const FAST = [
  { fast: 0.5, white: 0.3 },
  { fast: 1.5, white: 0.05 },
  { fast: 5, white: 0.3 },
]
const SLOW = [30, 120, 500].flatMap((slow) => [0.1, 0.4, 1.5].map((slowVariance) => ({ slow, slowVariance })))
/** Probability that nothing moves slowly. */
const STEADY = 0.3
/** Probability that something comes and goes. */
const CYCLIC = 0.3
const CYCLE_VARIANCE = 0.3
/** How often it may have come round in the history. */
const ROUNDS = [1, 1.5, 2, 2.5, 3, 4, 6]

export const ACYCLIC_CANDIDATES: readonly MovementCandidate[] = FAST.flatMap((fast) => [
  { movement: { ...fast, slow: 1, slowVariance: 0 }, prior: STEADY },
  ...SLOW.map((slow) => ({ movement: { ...fast, ...slow }, prior: (1 - STEADY) / SLOW.length })),
])

/** The same with a cycle, for a history of this length. What moves fast has nothing to do with it, so it is taken as `known`. */
export function createCyclicCandidates(known: Movement, length: number): MovementCandidate[] {
  const likewise = ACYCLIC_CANDIDATES.filter(({ movement }) => movement.fast === known.fast && movement.white === known.white)
  return likewise.flatMap(({ movement, prior }) =>
    ROUNDS.map((rounds) => ({
      movement: { ...movement, cycle: { period: length / rounds, variance: CYCLE_VARIANCE } },
      prior: (prior * CYCLIC) / (1 - CYCLIC) / ROUNDS.length,
    })),
  )
}
