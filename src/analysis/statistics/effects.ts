/** Effects of a trial on the metrics of its agent, target or not. */
import { type Metric, type MetricName, standardMetrics, toKindAndDirection, toMetricKind } from '../../model/metric.ts'
import type { ArmMetrics, MeasuredMetrics } from '../../model/result.ts'
import { getEffectScale } from './effect-scale.ts'
import { type Figure, scaleFigure, subtractFigures } from './figures.ts'
import { type IntervalValidity, sumEstimates } from './interval.ts'
import { Z_95 } from './normal.ts'
import { clamp } from './summaries.ts'

/** The parts of a trial's outcome that effects are computed from. */
export interface MeasuredOutcome {
  /** The metric it had to improve. */
  target: MetricName
  /** Improvement of the target, as judged: percent for times, points for rates and scores. */
  improvement: number | null
  interval: [low: number, high: number] | null
  metrics: ArmMetrics
}

/** An effect on its metric's scale (`effect-scale.ts`). */
export interface AdditiveEffect {
  estimate: number
  /** 95% interval; null if the trial gave none. */
  interval: [low: number, high: number] | null
}

/** The validity of the interval for a metric: only the target's is the judge's own. */
export const getIntervalValidity = (metric: MetricName, target: MetricName): IntervalValidity =>
  metric === target ? 'at-every-look' : 'at-one-look'

/**
 * The effect of a change on a metric: the judge's own figure if the metric was the trial's target; otherwise the plain difference of
 * its arms, because a change may help one metric and cost a little of another. Null if not measured.
 */
export function estimateEffect(metric: Metric, outcome: MeasuredOutcome): AdditiveEffect | null {
  if (outcome.target === metric.name) return targetEffect(metric, outcome)
  const { before, after } = outcome.metrics
  return compareWithNothing(metric, outcome) ?? sideEffect(estimateMetric(metric, before), estimateMetric(metric, after))
}

/**
 * The same for people to read, who are shown a mean of 0 as it is: the interval of a median time is that by the ranks, which is right for any distribution. With a cache, times
 * lie far apart, and the usual assumption that they are lognormal makes the interval far too narrow.
 */
export function estimateDisplayedEffect(metric: Metric, outcome: MeasuredOutcome): AdditiveEffect | null {
  const [from, to] = [outcome.metrics.before, outcome.metrics.after].map(({ further }) => further?.responseTimeP50)
  const hasRanks =
    metric.name === 'responseTime' && outcome.target !== metric.name && from && to && from.value > 0 && to.value > 0
  if (!hasRanks) return compareWithNothing(metric, outcome) ? null : estimateEffect(metric, outcome)
  return subtractFigures(scaleFigure(toKindAndDirection(metric), from), scaleFigure(toKindAndDirection(metric), to))
}

/** The level of a metric in one arm, in its own unit: the median time (ms), a share (0–1), the mean of what is reported; null if it was not measured. */
export const getMetricLevel = (metric: MetricName, measured: MeasuredMetrics): number | null =>
  metric === 'responseTime'
    ? measured.responseTimeP50
    : metric === 'successRate' || metric === 'coordinationScore'
      ? measured[metric]
      : (findFigure(metric, measured)?.value ?? null)

/** The names of the usual metrics, and of those that an arm's executions reported. */
export const listMeasuredMetrics = ({ reported }: MeasuredMetrics): MetricName[] => [
  ...standardMetrics,
  ...Object.keys(reported ?? {}),
]

/** The figure of a metric that is not a usual one: a mean of what was reported, or a quantile. */
function findFigure(metric: MetricName, { reported, further, responseTimeP50, samples }: MeasuredMetrics): Figure | undefined {
  const { mean, ...precision } = reported?.[metric] ?? {}
  if (mean !== undefined) return { value: mean, ...(precision as Omit<Figure, 'value'>) }
  const isMedian = metric === 'responseTimeP50' && responseTimeP50 !== null
  return isMedian ? { value: responseTimeP50, standardError: Number.NaN, samples } : further?.[metric]
}

/** The same on the metric's scale, with its standard error; null if it was not measured. */
export function estimateMetric(metric: Metric, measured: MeasuredMetrics): Figure | null {
  switch (metric.name) {
    case 'responseTime':
    case 'responseTimeP50':
      return logTime(metric, measured)
    case 'successRate':
      return successPoints(metric, measured)
    case 'coordinationScore':
      return null
    default:
      return estimateFigure(metric, measured)
  }
}

/** The sum of independent effects; without an interval if one of them has none. */
export function combineEffects(effects: readonly AdditiveEffect[]): AdditiveEffect {
  const known = effects.flatMap(({ estimate, interval }) => (interval ? [{ estimate, interval }] : []))
  if (known.length === effects.length) return sumEstimates(known)
  return { estimate: effects.reduce((sum, effect) => sum + effect.estimate, 0), interval: null }
}

function targetEffect(metric: Metric, { improvement, interval }: MeasuredOutcome): AdditiveEffect | null {
  if (improvement === null) return null
  const { toEffect: effect, sign } = getEffectScale(metric)
  const ends = interval?.map(effect) as [number, number] | undefined
  return { estimate: effect(improvement), interval: ends ? (sign > 0 ? ends : [ends[1], ends[0]]) : null }
}

/** Standard error of the logarithm of half an event: that of a Poisson count of 1/2. */
const HALF_EVENT_ERROR = Math.SQRT2

/**
 * The effect on a quantity, such as retries, whose mean is 0 in one arm or in both, as the judge sees it: what has never happened counts as half
 * an event. Events are as large as those of the other arm, which variance : mean tells. Null for other metrics.
 */
function compareWithNothing(metric: Metric, { target, metrics }: MeasuredOutcome): AdditiveEffect | null {
  if (metric.name === target || toMetricKind(metric.kind) === 'proportion') return null
  const [before, after] = [metrics.before, metrics.after].map((arm) => findFigure(metric.name, arm))
  if (!before || !after || Math.min(before.samples, after.samples) < 2) return null
  if (before.value === 0 && after.value === 0) {
    const reach = Z_95 * Math.hypot(HALF_EVENT_ERROR, HALF_EVENT_ERROR)
    return { estimate: 0, interval: [-reach, reach] }
  }
  if (Math.min(before.value, after.value) !== 0) return null
  const [from, to] = [withHalfEvent(before, after), withHalfEvent(after, before)]
  return subtractFigures(scaleFigure(toKindAndDirection(metric), from), scaleFigure(toKindAndDirection(metric), to))
}

function withHalfEvent(figure: Figure, other: Figure): Figure {
  if (figure.value > 0) return figure
  const size = Math.max(other.value, (other.standardError ** 2 * other.samples) / other.value)
  const value = (0.5 * size) / figure.samples
  return { value, standardError: HALF_EVENT_ERROR * value, samples: figure.samples }
}

const sideEffect = (before: Figure | null, after: Figure | null): AdditiveEffect | null =>
  before && after ? subtractFigures(before, after) : null

/**
 * The median time. Times are assumed to be lognormal: then mean : median gives the spread, and a median of n of them has
 * √(π / 2) = 1.2533 times the standard error of a mean.
 */
function logTime(metric: Metric, { samples, responseTimeP50: median, responseTimeMean: mean }: MeasuredMetrics): Figure | null {
  if (samples === 0 || !median || !mean) return null
  const spread = Math.sqrt(2 * Math.max(0, Math.log(mean / median)))
  return { value: getEffectScale(metric).toScale(median), standardError: (1.2533 * spread) / Math.sqrt(samples), samples }
}

/** A quantity of 0 has no logarithm. */
function estimateFigure(metric: Metric, measured: MeasuredMetrics): Figure | null {
  const figure = findFigure(metric.name, measured)
  if (!figure || figure.samples < 2) return null
  return toMetricKind(metric.kind) === 'proportion' || figure.value > 0 ? scaleFigure(toKindAndDirection(metric), figure) : null
}

function successPoints(metric: Metric, { samples, successRate }: MeasuredMetrics): Figure | null {
  if (samples === 0 || successRate === null) return null
  // Twenty successes out of twenty do not prove that nothing ever fails.
  const rate = clamp(successRate, 0.5 / samples, 1 - 0.5 / samples)
  return {
    value: getEffectScale(metric).toScale(successRate),
    standardError: 100 * Math.sqrt((rate * (1 - rate)) / samples),
    samples,
  }
}
