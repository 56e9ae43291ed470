import { OptimizerError } from '../../model/errors.ts'
import type { MetricPoint } from '../../model/history.ts'
import { median, normalizeLogWeights, sortAscending } from '../statistics/summaries.ts'
import { DistributionCost } from './distribution-cost.ts'

/** A moment at which the distribution of a series changed. */
export interface ChangePoint {
  /** The time of the first point after it, milliseconds since the epoch. */
  at: number
  /** Medians of the points since the change before, and until the next one. */
  before: number
  after: number
  /** Where the change lies: the weights sum to 1. */
  moments: readonly { at: number; probability: number }[]
  /** The range of moments that it lies in with 95%, milliseconds since the epoch. */
  interval: [from: number, to: number]
}

/** The fewest points between two changes. */
const shortest = 5
/** Cost of another change, in units of log n. */
const penalty = 5
const certainty = 0.95

/**
 * The moments at which level, spread or shape of a series changed, in order: the segmentation of least cost, found exactly by PELT
 * (Killick et al. 2012) with a cost that makes no assumption about the distribution (ED-PELT; Haynes et al. 2017). Outliers count by
 * rank only, and the penalty grows with the autocorrelation of the series.
 * @param points in order of time, at least ten
 * @throws OptimizerError `invalid-series` for fewer points, values that are not finite, or times that do not increase
 */
export function findChangePoints(points: readonly MetricPoint[]): ChangePoint[] {
  check(points)
  const values = points.map(({ value }) => value)
  const cost = new DistributionCost(values)
  const first = segment(values.length, cost, penalty * Math.log(values.length))
  // The dependence of neighbors is only visible once the levels are known.
  const inflation = estimateInflation(values, first)
  const ends = inflation > 1 ? segment(values.length, cost, inflation * penalty * Math.log(values.length)) : first
  const bounds = [0, ...ends, values.length]
  return ends.map((end, i) => describe(points, cost, inflation, [bounds[i]!, end, bounds[i + 2]!]))
}

function check(points: readonly MetricPoint[]): void {
  if (points.length < 2 * shortest) {
    throw new OptimizerError(
      'invalid-series',
      `Finding change points needs at least ${2 * shortest} points; only ${points.length} were given.`,
    )
  }
  points.forEach(({ at, value }, i) => {
    if (!Number.isFinite(value))
      throw new OptimizerError('invalid-series', `Value ${i} is ${value}; leave out unmeasured points.`)
    if (!Number.isFinite(at) || at <= (points[i - 1]?.at ?? Number.NEGATIVE_INFINITY)) {
      throw new OptimizerError(
        'invalid-series',
        `Point ${i} is not later than the one before it; sort the points, and pass only one for each time.`,
      )
    }
  })
}

/** The starts of all segments but the first. */
function segment(length: number, cost: DistributionCost, penalty: number): number[] {
  const best = [-penalty]
  const from = [0]
  let candidates = [0]
  for (let end = shortest; end <= length; end++) {
    const totals = candidates.map((start) => best[start]! + cost.of(start, end) + penalty)
    const least = totals.reduce((lowest, total, i) => (total < totals[lowest]! ? i : lowest), 0)
    best[end] = totals[least]!
    from[end] = candidates[least]!
    candidates = candidates.filter((_, i) => totals[i]! - penalty <= best[end]!)
    const start = end - shortest + 1
    if (start >= shortest) candidates.push(start)
  }
  const starts: number[] = []
  for (let end = from[length]!; end > 0; end = from[end]!) starts.unshift(end)
  return starts
}

/** How many times fewer independent values there are, from the correlation of neighboring values around their segment's median (AR(1)). */
function estimateInflation(values: readonly number[], starts: readonly number[]): number {
  const bounds = [0, ...starts, values.length]
  const parts = bounds.slice(1).map((end, i) => {
    const part = values.slice(bounds[i]!, end)
    const ranks = sortAscending(part)
    const middle = median(part)
    // Bounded by the range of the middle four fifths, so that single outliers hide no dependence.
    const [low, high] = [ranks[Math.floor(0.1 * part.length)]!, ranks[Math.ceil(0.9 * part.length) - 1]!]
    return part.map((value) => Math.min(high, Math.max(low, value)) - middle)
  })
  let [products, squares] = [0, 0]
  for (const part of parts) {
    part.forEach((value, i) => {
      products += value * (part[i - 1] ?? 0)
      squares += value ** 2
    })
  }
  const correlation = squares > 0 ? Math.min(0.95, Math.max(0, products / squares)) : 0
  return (1 + correlation) / (1 - correlation)
}

function describe(
  points: readonly MetricPoint[],
  cost: DistributionCost,
  inflation: number,
  [start, change, end]: [number, number, number],
): ChangePoint {
  const splits = Array.from({ length: end - start - 1 }, (_, i) => start + 1 + i)
  const costs = splits.map((split) => cost.of(start, split) + cost.of(split, end))
  const probabilities = normalizeLogWeights(costs.map((each) => -each / 2 / inflation))
  const moments = splits.map((split, i) => ({ at: points[split]!.at, probability: probabilities[i]! }))
  const valuesOf = (from: number, to: number) => points.slice(from, to).map(({ value }) => value)
  return {
    at: points[change]!.at,
    before: median(valuesOf(start, change)),
    after: median(valuesOf(change, end)),
    moments: moments.filter(({ probability }) => probability > 1e-4),
    interval: findInterval(moments),
  }
}

function findInterval(moments: ChangePoint['moments']): [from: number, to: number] {
  const reach = (share: number) => {
    let sum = 0
    for (const { at, probability } of moments) {
      sum += probability
      if (sum >= share) return at
    }
    return moments.at(-1)!.at
  }
  return [reach((1 - certainty) / 2), reach((1 + certainty) / 2)]
}
