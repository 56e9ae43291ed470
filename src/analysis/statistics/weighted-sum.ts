/**
 * The weighted sum of several metrics on relative scales: 1 at their references, and lower is better. With the weights wᵢ, which sum to
 * 1, it is Σ wᵢ·xᵢ/rᵢ over quantities where less is better (a Laspeyres index); where more is better, a gain of x % counts like a
 * loss of x %; a point of a share counts like a percent. It is linear in each metric, so that the mean of the sums is the sum of the means, and may
 * be below 0.
 */
import {
  getMetric,
  type MetricCatalogue,
  type MetricKindAndDirection,
  type MetricName,
  toKindAndDirection,
} from '../../model/metric.ts'
import type { WeightedMetrics } from '../../model/weights.ts'
import { getEffectScale, type MetricEstimate } from './effect-scale.ts'

/** A weighed metric with what is needed to compute its part of the sum. */
export interface WeightedPart extends MetricKindAndDirection {
  name: MetricName
  weight: number
  reference: number
}

export const toWeightedParts = (
  weighed: WeightedMetrics,
  traitsOf: (name: MetricName) => MetricKindAndDirection,
): WeightedPart[] => Object.entries(weighed).map(([name, part]) => ({ name, ...part, ...traitsOf(name) }))

/** The sum of these values; undefined if one is missing, because a sum without it would not be comparable. */
export function computeWeightedSum(
  parts: readonly WeightedPart[],
  read: (name: MetricName, part: WeightedPart) => number | undefined,
): number | undefined {
  let sum = 0
  for (const part of parts) {
    const value = read(part.name, part)
    if (value === undefined) return undefined
    sum += part.weight * (1 + slopeOf(part) * (value - part.reference))
  }
  return sum
}

/** How fast a part changes with its metric. */
const slopeOf = ({ kind, direction, reference }: WeightedPart) =>
  (direction === 'lower' ? 1 : -1) / (kind === 'continuous' ? reference : 1)

/** The logarithm of the sum for figures on their scales (`effect-scale.ts`), as if their errors were independent; undefined if one is missing. */
export function estimateWeightedSum(
  weighed: WeightedMetrics,
  figures: Readonly<Partial<Record<MetricName, MetricEstimate>>>,
  catalogue: MetricCatalogue,
): MetricEstimate | undefined {
  const parts = toWeightedParts(weighed, (name) => toKindAndDirection(getMetric(catalogue, name)))
  const levels = new Map(
    parts.flatMap(({ name, ...traits }) => {
      const figure = figures[name]
      return figure ? [[name, getEffectScale(traits).fromScale(figure)] as const] : []
    }),
  )
  const expected = ({ name, kind, direction, reference }: WeightedPart) => {
    const level = levels.get(name)?.value
    // What is expected is a guess: it counts as twice as much as now at most, so that the sum keeps a logarithm.
    return level !== undefined && kind === 'continuous' && direction === 'higher' ? Math.min(level, 2 * reference) : level
  }
  const sum = computeWeightedSum(parts, (_, part) => expected(part))
  if (sum === undefined || sum <= 0) return undefined
  const errors = parts.map((part) => part.weight * slopeOf(part) * levels.get(part.name)!.standardError)
  return { value: Math.log(sum), standardError: Math.hypot(...errors) / sum }
}
