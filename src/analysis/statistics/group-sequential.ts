import { normalCdf } from './normal.ts'

const CELL = 0.02
const LOWEST = -6
const HIGHEST = 6
const CELLS = Math.round((HIGHEST - LOWEST) / CELL)
/** The cell around 0. */
const CENTRE = Math.round(-LOWEST / CELL)

const EARLY = 0.4
/**
 * The share of an error rate that may be spent by the time `fraction` (0–1) of the information is in: a part early, so that severe
 * harm ends a trial within its first looks, and most at the very end, where it adds most power.
 */
export const errorSpendingShare = (fraction: number): number => EARLY * Math.sqrt(fraction) + (1 - EARLY) * fraction ** 6

/** How the error probability is spent over the looks of a test that may go on beyond its planned information. */
interface Spending {
  /** Its share that is left for looks beyond an information fraction of 1. */
  reserve: number
  /** The information fraction of the last look. */
  last: number
}

/** The share that may be spent: of the reserve, as much each time that the information grows by the same factor. */
function spendingShare(fraction: number, { reserve, last }: Spending): number {
  if (fraction <= 1) return (1 - reserve) * errorSpendingShare(fraction)
  return 1 - reserve * (1 - Math.log(fraction) / Math.log(last))
}

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
 * @param fractions information fractions of the planned looks, ascending; a test that goes on has some above 1
 * @param alpha probability of crossing the boundary at any look
 * @param reserve share of it that is left for looks beyond a fraction of 1
 */
export function createBoundary(fractions: readonly number[], alpha: number, reserve = 0): Boundary {
  const key = `${alpha} ${reserve} ${fractions}`
  const boundary = memory.get(key) ?? traceBoundary(fractions, alpha, reserve)
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
  /** How many times as wide as `CELL` its cells are. */
  scale: number
  fraction: number
  spent: number
  level: number
}

function traceBoundary(fractions: readonly number[], alpha: number, reserve: number): Boundary {
  const start: BoundaryStep = { mass: new Float64Array(CELLS), scale: 1, fraction: 0, spent: 0, level: 0 }
  start.mass[CENTRE] = 1
  const looks = [start]
  const spending = { reserve, last: fractions.at(-1)! }
  for (const fraction of fractions) looks.push(advanceToLook(looks.at(-1)!, fraction, alpha * spendingShare(fraction, spending)))
  return {
    levels: looks.slice(1).map(({ level }) => level),
    ending: (count, fraction) => advanceToLook(looks[count]!, fraction, alpha).level,
  }
}

function advanceToLook(before: BoundaryStep, fraction: number, spent: number): BoundaryStep {
  let { mass: previous, scale } = before
  for (; scale < Math.sqrt(fraction); scale *= 2) previous = coarsen(previous)
  const mass = diffuse(previous, Math.sqrt(fraction - before.fraction) / scale)
  const cut = scale * cutUpperTail(mass, spent - before.spent)
  return { mass, scale, fraction, spent, level: normalCdf(-cut / Math.sqrt(fraction)) }
}

/** The same distribution on a grid that reaches twice as far, with cells twice as wide. */
function coarsen(mass: Float64Array): Float64Array<ArrayBuffer> {
  const wide = new Float64Array(CELLS)
  for (const [cell, m] of mass.entries()) {
    const place = CENTRE + (cell - CENTRE) / 2
    wide[Math.floor(place)]! += m / 2
    wide[Math.ceil(place)]! += m / 2
  }
  return wide
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
