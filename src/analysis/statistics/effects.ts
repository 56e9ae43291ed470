/** Effects of a trial on the metrics of its agent, target or not. */
import type { JudgedMetric, MetricName } from '../../model/knob.ts'
import type { ArmMetrics, MeasuredMetrics } from '../../model/result.ts'
import { getEffectScale, type MetricEstimate } from './effect-scale.ts'
import { intervalAround, sumOfEstimates, type Validity } from './interval.ts'
import { clamp } from './summaries.ts'

/** The outcome of a trial, as far as effects are read from it. */
export interface MeasuredOutcome {
  /** The metric that it had to improve. */
  target: MetricName
  /** Of the target, as the judge has it: percent for times, points for rates and scores. */
  improvement: number | null
  interval: [low: number, high: number] | null
  metrics: ArmMetrics
}

/** An effect on its metric's scale (`effect-scale.ts`). */
export interface AdditiveEffect {
  estimate: number
  /** 95 %; null where the trial could not say how sure it is. */
  interval: [low: number, high: number] | null
}

/** How the interval of an effect on a metric was made: the judge's own is only that of the target. */
export const getIntervalValidity = (metric: JudgedMetric, target: MetricName): Validity =>
  metric === target ? 'at-every-look' : 'at-one-look'

/**
 * The effect of a change on a metric. The judge's own figure where the metric was the trial's target; otherwise the
 * plain difference of its arms, for a change may well help one metric and cost a little of another. Null when not measured.
 */
export function estimateEffect(metric: JudgedMetric, outcome: MeasuredOutcome): AdditiveEffect | null {
  if (outcome.target === metric) return targetEffect(metric, outcome)
  const { before, after } = outcome.metrics
  return sideEffect(estimateMetric(metric, before), estimateMetric(metric, after))
}

/** The level of a metric in one arm, in its own unit: the median time (ms), a share (0–1); null when it was not measured. */
export const getMetricLevel = (metric: JudgedMetric, measured: MeasuredMetrics): number | null =>
  metric === 'responseTime' ? measured.responseTimeP50 : measured[metric]

/** The same on the metric's scale, with its standard error; null when it was not measured. */
export function estimateMetric(metric: JudgedMetric, measured: MeasuredMetrics): MetricEstimate | null {
  switch (metric) {
    case 'responseTime':
      return logTime(measured)
    case 'successRate':
      return successPoints(measured)
    case 'coordinationScore':
      return null
  }
}

/** The sum of independent effects; without an interval where one of them has none. */
export function combineEffects(effects: readonly AdditiveEffect[]): AdditiveEffect {
  const known = effects.flatMap(({ estimate, interval }) => (interval ? [{ estimate, interval }] : []))
  if (known.length === effects.length) return sumOfEstimates(known)
  return { estimate: effects.reduce((sum, effect) => sum + effect.estimate, 0), interval: null }
}

function targetEffect(metric: JudgedMetric, { improvement, interval }: MeasuredOutcome): AdditiveEffect | null {
  if (improvement === null) return null
  const { toEffect: effect, sign } = getEffectScale(metric)
  const ends = interval?.map(effect) as [number, number] | undefined
  return { estimate: effect(improvement), interval: ends ? (sign > 0 ? ends : [ends[1], ends[0]]) : null }
}

function sideEffect(before: MetricEstimate | null, after: MetricEstimate | null): AdditiveEffect | null {
  if (!before || !after) return null
  const estimate = after.value - before.value
  return { estimate, interval: intervalAround(estimate, Math.hypot(before.standardError, after.standardError)) }
}

/**
 * The median time. Times are taken to be lognormal: then mean : median gives the spread, and a median of n of them has
 * √(π / 2) = 1.2533 times the standard error of a mean.
 */
function logTime({ samples, responseTimeP50: median, responseTimeMean: mean }: MeasuredMetrics): MetricEstimate | null {
  if (samples === 0 || !median || !mean) return null
  const spread = Math.sqrt(2 * Math.max(0, Math.log(mean / median)))
  return { value: getEffectScale('responseTime').toScale(median), standardError: (1.2533 * spread) / Math.sqrt(samples) }
}

function successPoints({ samples, successRate }: MeasuredMetrics): MetricEstimate | null {
  if (samples === 0 || successRate === null) return null
  // Twenty of twenty are no proof that nothing ever fails.
  const rate = clamp(successRate, 0.5 / samples, 1 - 0.5 / samples)
  return {
    value: getEffectScale('successRate').toScale(successRate),
    standardError: 100 * Math.sqrt((rate * (1 - rate)) / samples),
  }
}
