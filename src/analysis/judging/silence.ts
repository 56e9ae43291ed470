/** When an arm's samples came, in milliseconds, ascending. */
export interface Arrivals {
  control: readonly number[]
  candidate: readonly number[]
}

/** A silent candidate is called so when at least this many samples of it were to be expected meanwhile. */
const EXPECTED = 15
/** ... and when the silence is this many times the longest known one. */
const LONGER = 3
/** Reports come in batches, and are sent again after a failure: what is late by less than this (ms) is not missing. */
const LATE_MS = 10_000

/**
 * Whether the candidate fell silent while the control went on working. What could be expected of it follows from the arms'
 * counts in history; bursts are allowed for by the longest stretch, in samples of the control, without one of the candidate.
 */
export function createSilenceWatch(history: Arrivals): (since: Arrivals) => { missing: number } | null {
  const share = history.control.length ? history.candidate.length / history.control.length : 0
  const longest = Math.max(0, ...stretches(history))
  return (since) => {
    const stretch = stretches(since).at(-1)!
    const missing = Math.floor(stretch * share)
    const last = since.control.at(-1) ?? 0
    const isLate = last - (since.candidate.at(-1) ?? since.control[0] ?? 0) < LATE_MS
    return !isLate && missing >= EXPECTED && stretch > LONGER * longest ? { missing } : null
  }
}

/** Numbers of control samples before, between and after those of the candidate. */
function stretches({ control, candidate }: Arrivals): number[] {
  const lengths: number[] = []
  let from = 0
  for (const at of [...candidate, Infinity]) {
    let to = from
    while (to < control.length && control[to]! <= at) to++
    lengths.push(to - from)
    from = to
  }
  return lengths
}
