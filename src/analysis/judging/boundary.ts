import normalCdf from '@stdlib/stats-base-dists-normal-cdf'

const CELL = 0.02
const LOWEST = -6
const HIGHEST = 6
const CELLS = Math.round((HIGHEST - LOWEST) / CELL)

/**
 * Of an error rate, what may be spent by the time `fraction` of the information is in: half of it early, so that gross harm ends
 * a trial within its first looks, half at the very end, where it buys most power.
 */
const spendable = (fraction: number) => (Math.sqrt(fraction) + fraction ** 6) / 2

/**
 * Nominal one-sided error probability allowed at each look of a group-sequential test that errs with probability `alpha`.
 *
 * Brownian motion is followed from look to look on a grid; at each look the boundary is put where the probability
 * of a first crossing equals what may be spent there (Lan & DeMets 1983, by the recursion of Armitage, McPherson &
 * Rowe 1969).
 * @param fractions information fractions of the looks, ascending, in (0, 1]
 * @param ended whether the last of them is the end: then it spends all that is left
 */
export function nominalLevels(fractions: readonly number[], alpha: number, ended = false): number[] {
  const key = JSON.stringify([fractions, alpha, ended])
  const levels = memory.get(key) ?? follow(fractions, alpha, ended)
  if (memory.size >= REMEMBERED) memory.clear()
  memory.set(key, levels)
  return levels
}

/** Trials of one size share their boundaries. */
const memory = new Map<string, number[]>()
const REMEMBERED = 100

function follow(fractions: readonly number[], alpha: number, ended: boolean): number[] {
  let mass = new Float64Array(CELLS)
  mass[Math.round(-LOWEST / CELL)] = 1
  let spent = 0
  let previous = 0
  return fractions.map((fraction, look) => {
    mass = diffuse(mass, Math.sqrt(fraction - previous))
    const due = alpha * (ended && look === fractions.length - 1 ? 1 : spendable(fraction)) - spent
    const cut = cutUpperTail(mass, due)
    spent += due
    previous = fraction
    return normalCdf(-cut / Math.sqrt(fraction), 0, 1)
  })
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

/** Removes `due` of probability from the upper end and returns where it was cut. */
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
