/**
 * Runs of equal, or of missing, values: how often a point goes on with one, by which a run that is only chance is told from a fault. Counts and
 * shares of few events often repeat by chance.
 */
export interface Runs {
  /** The points in the present run; 0 outside. */
  length: number
  /** The share of points that are in one, lately: an exponential mean; and the points that it is of. */
  share: number
  count: number
}

/** Points of a run that count for the share: a stuck metric does not make runs usual. */
const counted = 24

export function createRuns(): Runs {
  return { length: 0, share: 0, count: 0 }
}

/** Adds a point. @param isIn whether it is in a run. @param rate of the exponential mean. */
export function addToRuns(runs: Runs, isIn: boolean, rate: number): void {
  runs.length = isIn ? runs.length + 1 : 0
  if (runs.length > counted) return
  runs.count++
  runs.share += Math.max(rate, 1 / runs.count) * (Number(isIn) - runs.share)
}

/** The surprise of a run by chance: the negative decimal logarithm of the probability of one at least as long, if points were independent. */
export function scoreChance({ length, share, count }: Runs): number {
  return -length * Math.log10(Math.max(share, 1 / (count + 1)))
}
