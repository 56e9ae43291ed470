/** Whether nothing that was measured makes a difference, so that further trials would only measure noise. */
import { normalQuantile } from '../../statistics/normal.ts'
import { mean, weightedMean } from '../../statistics/summaries.ts'
import type { ScaledValue } from '../model/scale.ts'
import { MIN_NOISE } from '../response-model.ts'
import type { KnobPoint, Space } from '../space/space.ts'

export interface MeasuredCost {
  point: KnobPoint
  /** On the objective's scale. */
  cost: ScaledValue
}

/** Minimum number of configurations, and how well they must be measured: more noise would hide what is worth finding. */
const ENOUGH = 10
const MAX_NOISE = 0.1
/** Costs are the same unless noise alone would make them differ as much in at most this share of cases. */
const SIGNIFICANCE = 0.05

/**
 * Whether many configurations, in which every free knob was turned and every value of a free choice was tried, cost the same apart from
 * noise (χ² test of homogeneity). A model cannot tell: it goes on to expect something of the many steps of which it is not yet certain.
 * @param measured the agent's own measurements
 */
export function isFlat(space: Space, freeKnobs: readonly number[], measured: readonly MeasuredCost[]): boolean {
  const distinct = measured.filter(({ point }, i) => !measured.slice(0, i).some((other) => space.isSame(other.point, point)))
  const weighed = measured.map(({ cost }) => ({ value: cost.value, weight: 1 / Math.max(cost.variance, MIN_NOISE) }))
  const noise = mean(measured.map(({ cost }) => cost.variance))
  if (distinct.length < ENOUGH || noise > MAX_NOISE ** 2) return false
  if (!freeKnobs.every((knob) => isExplored(space, knob, distinct))) return false
  const average = weightedMean(weighed)!
  const spread = weighed.reduce((sum, { value, weight }) => sum + weight * (value - average) ** 2, 0)
  return spread <= chiSquaredQuantile(1 - SIGNIFICANCE, measured.length - 1)
}

function isExplored({ knobs, dimensions }: Space, knob: number, measured: readonly MeasuredCost[]): boolean {
  const { distance } = dimensions[knob]!
  const tried = measured.map(({ point }) => point[knob]!)
  const values = tried.filter((at, i) => !tried.slice(0, i).some((other) => distance(other, at) === 0))
  const declared = knobs[knob]!
  return values.length >= (declared.type === 'enum' ? declared.values.length : 2)
}

/** By Wilson and Hilferty (1931). */
function chiSquaredQuantile(probability: number, degrees: number): number {
  const variance = 2 / (9 * degrees)
  return degrees * (1 - variance + Math.sqrt(variance) * normalQuantile(probability)) ** 3
}
