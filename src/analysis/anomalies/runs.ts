/**
 * Runs of equal, or of missing, values: how many points are in one, by which a run that is only chance is told from a fault. Counts and
 * shares of few events often repeat by chance.
 */
export interface Runs {
  /** The points in the present run; 0 outside. */
  length: number
  /** The share of points that are in one, lately: an exponential mean; and the points that it is of. */
  share: number
  count: number
  /** The longest run lately, which fades; and the number of runs that it is the longest of. */
  longest: number
  ended: number
}

/** Points of a run that count for the share: a stuck metric does not make runs usual. */
const counted = 24
/** As many runs tell how long runs usually are. */
const remembered = 200

export function createRuns(): Runs {
  return { length: 0, share: 0, count: 0, longest: 0, ended: 0 }
}

/** Adds a point. @param isIn whether it is in a run. @param rate of the exponential mean. */
export function addToRuns(runs: Runs, isIn: boolean, rate: number): void {
  if (!isIn && runs.length > 0) {
    runs.longest = Math.max(Math.min(runs.length, counted), runs.longest * (1 - 1 / remembered / 4))
    runs.ended = Math.min(remembered, runs.ended + 1)
  }
  runs.length = isIn ? runs.length + 1 : 0
  if (runs.length > counted) return
  runs.count++
  runs.share += Math.max(rate, 1 / runs.count) * (Number(isIn) - runs.share)
}

/**
 * The surprise of a run by chance: the negative decimal logarithm of the probability of one at least as long, if points were independent. The longest
 * of n such runs has a probability of about 1 / n. If the longest was shorter, then runs are regular, such as those of a source that is
 * slower than the step, and a longer one is a greater surprise.
 */
export function scoreRun({ length, share, count, longest, ended }: Runs): number {
  const regular = ended < remembered ? 1 : ended ** (-1 / (longest + 1))
  return -length * Math.log10(Math.max(Math.min(share, regular), 1 / (count + 1)))
}
