/**
 * The scale on which effects on a metric add up: the natural logarithm of a quantity, whose changes are factors, and points (0–100) of
 * a proportion. A positive effect means that the metric went up, whichever way is better.
 */
import { type MetricDeclaration, type MetricKind, type MetricKindAndDirection, toKindAndDirection } from '../../model/metric.ts'
import { clamp } from './summaries.ts'

/** A figure with its standard error, in the same unit. */
export interface MetricEstimate {
  value: number
  standardError: number
}

/** The mean of two independent estimates of the same, weighted by their precision. */
export function combineEstimates(a: MetricEstimate, b: MetricEstimate): MetricEstimate {
  const [weightA, weightB] = [a, b].map(({ standardError }) => 1 / Math.max(standardError, 1e-9) ** 2) as [number, number]
  const sum = weightA + weightB
  return { value: (weightA * a.value + weightB * b.value) / sum, standardError: 1 / Math.sqrt(sum) }
}

/** The transformation under which changes add up, and its inverse, to the nearest value that a metric of the kind can have. */
export const additiveTransforms: Record<MetricKind, { apply(value: number): number; invert(at: number): number }> = {
  continuous: { apply: Math.log, invert: Math.exp },
  proportion: { apply: (share) => share, invert: (share) => clamp(share, 0, 1) },
}

export interface EffectScale {
  /** 1 if more of the metric is better, −1 if less is. */
  sign: 1 | -1
  /** A value of the metric, in its own unit (ms, a share), on the scale. */
  toScale(value: number): number
  /** A figure on the scale, back in the metric's own unit; the standard error to first order (delta method). */
  fromScale(figure: MetricEstimate): MetricEstimate
  /** Converts an improvement (percent of a quantity or points of a proportion) to an effect. */
  toEffect(improvement: number): number
  /** Converts an effect to an improvement in percent or points. */
  toImprovement(effect: number): number
  /**
   * The level after a gain, in the metric's own unit.
   * @param gain share of a quantity, or difference of proportions (0–1); below 0 the metric gets worse
   */
  levelAfter(level: number, gain: MetricEstimate): MetricEstimate
}

/** Smallest ratio of after to before. A time never improves by 100%, but a limit of its interval may say so. */
const SMALLEST_RATIO = 0.001

export function createEffectScale({ kind, direction }: MetricKindAndDirection): EffectScale {
  const { apply, invert } = additiveTransforms[kind]
  const sign = direction === 'higher' ? 1 : -1
  if (kind === 'proportion')
    return {
      sign,
      toScale: (value) => 100 * apply(value),
      fromScale: ({ value, standardError }) => ({ value: invert(value / 100), standardError: standardError / 100 }),
      toEffect: (points) => sign * points,
      toImprovement: (points) => sign * points,
      levelAfter: (level, { value, standardError }) => ({ value: invert(level + sign * value), standardError }),
    }
  return {
    sign,
    toScale: apply,
    fromScale({ value, standardError }) {
      const level = invert(value)
      return { value: level, standardError: level * standardError }
    },
    toEffect: (percent) => Math.log(Math.max(SMALLEST_RATIO, 1 + (sign * percent) / 100)),
    toImprovement: (effect) => sign * (Math.exp(effect) - 1) * 100,
    levelAfter: (level, { value, standardError }) => ({
      value: level * (1 + sign * value),
      standardError: level * standardError,
    }),
  }
}

/** The scale of a metric. */
export const getEffectScale = (metric: Pick<MetricDeclaration, 'kind' | 'direction'>): EffectScale =>
  createEffectScale(toKindAndDirection(metric))
