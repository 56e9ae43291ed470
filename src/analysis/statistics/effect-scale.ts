/**
 * The scale on which effects on a metric add up: the natural logarithm of a quantity, whose changes are factors, and points (0–100) of
 * a proportion. An effect on it is positive where the metric went up, whichever way is better.
 */
import type { JudgedMetric } from '../../model/knob.ts'
import { type MetricKind, type MetricTraits, metricTraits } from '../../model/metric.ts'
import { clamp } from './summaries.ts'

/** A figure and how sure it is, in one unit. */
export interface MetricEstimate {
  value: number
  standardError: number
}

/** Where a value stands, so that changes add up, and back to the nearest value that the kind of metric can have. */
export const transforms: Record<MetricKind, { apply(value: number): number; invert(at: number): number }> = {
  continuous: { apply: Math.log, invert: Math.exp },
  proportion: { apply: (share) => share, invert: (share) => clamp(share, 0, 1) },
}

export interface EffectScale {
  /** 1 where more of the metric is better, −1 where less is. */
  sign: 1 | -1
  /** A value of the metric, in its own unit (ms, a share), on the scale. */
  at(value: number): number
  /** A figure on the scale in the metric's own unit; its standard error to first order (delta method). */
  inUnit(figure: MetricEstimate): MetricEstimate
  /** The effect of an improvement as people are told it: percent of a quantity, points of a proportion. */
  effect(improvement: number): number
  /** The improvement that an effect is. */
  improvement(effect: number): number
  /** A level after a gain: a share of a quantity, a difference of proportions (0–1); below 0 it becomes worse. In the metric's own unit. */
  improved(level: number, gain: MetricEstimate): MetricEstimate
}

/** An improvement of a quantity never reaches 100 percent; a limit of its interval may claim so. */
const SMALLEST_RATIO = 0.001

function createScale({ kind, direction }: MetricTraits): EffectScale {
  const { apply, invert } = transforms[kind]
  const sign = direction === 'higher' ? 1 : -1
  if (kind === 'proportion')
    return {
      sign,
      at: (value) => 100 * apply(value),
      inUnit: ({ value, standardError }) => ({ value: invert(value / 100), standardError: standardError / 100 }),
      effect: (points) => sign * points,
      improvement: (points) => sign * points,
      improved: (level, { value, standardError }) => ({ value: invert(level + sign * value), standardError }),
    }
  return {
    sign,
    at: apply,
    inUnit({ value, standardError }) {
      const level = invert(value)
      return { value: level, standardError: level * standardError }
    },
    effect: (percent) => Math.log(Math.max(SMALLEST_RATIO, 1 + (sign * percent) / 100)),
    improvement: (effect) => sign * (Math.exp(effect) - 1) * 100,
    improved: (level, { value, standardError }) => ({ value: level * (1 + sign * value), standardError: level * standardError }),
  }
}

const scales = Object.fromEntries(
  Object.entries(metricTraits).map(([metric, traits]) => [metric, createScale(traits)]),
) as Record<JudgedMetric, EffectScale>

export const getEffectScale = (metric: JudgedMetric): EffectScale => scales[metric]
