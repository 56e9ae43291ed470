/** The output of an assessor, whatever the design. */
import type { MetricKindAndDirection } from '../../model/metric.ts'
import type { ArmSamples } from '../../model/trial.ts'
import { Z_95 } from '../statistics/normal.ts'
import type { JudgedSamples } from './arrangement.ts'
import type { EffectEstimate } from './effect.ts'
import { estimateQuantileRatio, MEDIAN, type QuantileRatio } from './quantile-ratio.ts'
import type { TailEffect } from './tail-effect.ts'

export type MetricDirection = MetricKindAndDirection['direction']

/** The assessment of the samples since the change; larger effects are worse. */
export interface Assessment {
  /** Effect on the typical value, on an internal scale. */
  cost: EffectEstimate
  /** How much worse the metric is: relative, or a difference of shares. */
  worsening: number
  /** Limits of `worsening` at a one-sided error level. */
  interval(level: number): [low: number, high: number]
}

/** Assesses samples since the change by what it has learned from a history. */
export interface Assessor {
  assess(since: JudgedSamples): Assessment
  /** Assesses the slow tail of the values; omitted if the metric or the design has none. */
  assessSlowPart?(since: JudgedSamples): TailEffect
  /** Share of the information of `all` samples that the first `n` provide. */
  information(n: number, all: number): number
}

/** How guardrails are tested; see `fitProportionEffect` and `fitTailEffect`. */
export interface GuardTestOptions {
  isStrict?: boolean | undefined
  minStep?: number
}

export const estimateMedianRatio = (since: ArmSamples) => estimateQuantileRatio(since, MEDIAN)

/** `information` of designs in which every sample provides the same amount. */
export const uniformInformationFraction = (n: number, all: number) => n / all

export function toAssessment(direction: MetricDirection, cost: EffectEstimate, medians?: QuantileRatio): Assessment {
  const worsening = direction === 'lower' ? Math.expm1 : (effect: number) => -Math.expm1(-effect)
  return {
    cost,
    worsening: worsening((medians ?? cost).estimate),
    interval(level) {
      // Limits of medians at Z_95 hold at the look at which a trial ends, as measured: they are conservative by themselves.
      // Both must agree: the clipped mean allows for shocks and unlike instances, the median for the shape of the distribution.
      const [low, high] = cost.interval(level)
      const [lower, higher] = medians?.interval(Z_95) ?? [low, high]
      return [worsening(Math.min(low, lower)), worsening(Math.max(high, higher))]
    },
  }
}

export const toProportionAssessment = (cost: EffectEstimate): Assessment => ({
  cost,
  worsening: cost.estimate,
  interval: cost.interval,
})
