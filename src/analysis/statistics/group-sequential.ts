import { normalCdf } from './normal.ts'

const CELL = 0.02
const LOWEST = -6
const HIGHEST = 6
const CELLS = Math.round((HIGHEST - LOWEST) / CELL)

const EARLY = 0.4
/**
 * The share of an error rate that may be spent by the time `fraction` (0–1) of the information is in: a part early, so that severe
 * harm ends a trial within its first looks, and most at the very end, where it adds most power.
 */
export const errorSpendingShare = (fraction: number): number => EARLY * Math.sqrt(fraction) + (1 - EARLY) * fraction ** 6

/** Nominal one-sided error probabilities of a group-sequential test with a given overall error probability. */
export interface Boundary {
  /** Allowed at each planned look. */
  levels: readonly number[]
  /** Allowed at a last look at this information fraction, after this many of the planned ones: it spends all that is left. */
  ending(looks: number, fraction: number): number
}

/**
 * Brownian motion is followed from look to look on a grid; at each look the boundary is put where the probability
 * of a first crossing equals what may be spent there (Lan & DeMets 1983, by the recursion of Armitage, McPherson &
 * Rowe 1969).
 * @param fractions information fractions of the planned looks, ascending, in (0, 1]
 * @param alpha probability of crossing the boundary at any look
 */
export function createBoundary(fractions: readonly number[], alpha: number): Boundary {
  const key = `${alpha} ${fractions}`
  const boundary = memory.get(key) ?? traceBoundary(fractions, alpha)
  if (memory.size >= REMEMBERED) memory.clear()
  memory.set(key, boundary)
  return boundary
}

/** Boundaries by plan: trials of one size share them. */
const memory = new Map<string, Boundary>()
const REMEMBERED = 100

interface BoundaryStep {
  /** The distribution of the motion, if it has not crossed. */
  mass: Float64Array<ArrayBuffer>
  fraction: number
  spent: number
  level: number
}

function traceBoundary(fractions: readonly number[], alpha: number): Boundary {
  const start: BoundaryStep = { mass: new Float64Array(CELLS), fraction: 0, spent: 0, level: 0 }
  start.mass[Math.round(-LOWEST / CELL)] = 1
  const looks = [start]
  for (const fraction of fractions) looks.push(advanceToLook(looks.at(-1)!, fraction, alpha * errorSpendingShare(fraction)))
  return {
    levels: looks.slice(1).map(({ level }) => level),
    ending: (count, fraction) => advanceToLook(looks[count]!, fraction, alpha).level,
  }
}

function advanceToLook(before: BoundaryStep, fraction: number, spent: number): BoundaryStep {
  const mass = diffuse(before.mass, Math.sqrt(fraction - before.fraction))
  const cut = cutUpperTail(mass, spent - before.spent)
  return { mass, fraction, spent, level: normalCdf(-cut / Math.sqrt(fraction)) }
}

/** The distribution after an independent normal step of this standard deviation. */
function diffuse(mass: Float64Array, sd: number): Float64Array<ArrayBuffer> {
  const reach = Math.ceil((6 * sd) / CELL)
  const step = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const centre = (i - reach) * CELL
    return normalCdf(centre + CELL / 2, 0, sd) - normalCdf(centre - CELL / 2, 0, sd)
  })
  const next = new Float64Array(CELLS)
  for (let from = 0; from < CELLS; from++) {
    const m = mass[from]!
    if (m < 1e-14) continue
    const first = Math.max(0, from - reach)
    const last = Math.min(CELLS - 1, from + reach)
    for (let to = first; to <= last; to++) next[to]! += m * step[to - from + reach]!
  }
  return next
}

/** Removes a probability of `due` from the upper end and returns the cut. */
function cutUpperTail(mass: Float64Array, due: number): number {
  let rest = due
  for (let cell = CELLS - 1; cell >= 0; cell--) {
    const m = mass[cell]!
    if (m >= rest) {
      mass[cell] = m - rest
      return LOWEST + (cell + 0.5 - (m > 0 ? rest / m : 0)) * CELL
    }
    rest -= m
    mass[cell] = 0
  }
  return LOWEST
}
