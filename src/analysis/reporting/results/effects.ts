/** The gains and costs of a trial in each metric. */
import { findBuiltInMetric, type Metric, type MetricCatalogue, toKindAndDirection } from '../../../model/metric.ts'
import type { MetricEffect } from '../../../model/metric-effect.ts'
import type { Bound, Objective } from '../../../model/objective.ts'
import { describeBound } from '../../../model/objective-text.ts'
import { findNamedQuantile, getQuantileName } from '../../../model/quantile.ts'
import type { MeasuredMetrics, OptimizationResult } from '../../../model/result.ts'
import { type Statistic, toStatistic } from '../../../model/success-metric.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { estimateDisplayedEffect } from '../../statistics/effects.ts'
import { compareFigures, type Figure } from '../../statistics/figures.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

const responseTimeVariance: Metric = {
  ...findBuiltInMetric('responseTime')!,
  name: 'responseTimeVariance',
  label: 'variance of the response time',
  unit: 'ms²',
}

/** The quantile that is always shown beside the response time; others only if the trial is about them. */
const usualQuantile = 'responseTimeP95'

type Arms = OptimizationResult['metrics']

type Measured = Pick<OptimizationResult, 'actualImprovement' | 'interval' | 'metrics'> & {
  /** Whether the gain is one of the slow tail. */
  isPartial?: boolean | undefined
  strategy: Pick<OptimizationResult['strategy'], 'targetMetric' | 'objective'>
}

/**
 * The effects of a trial on every metric that it measured in both arms, the target first. Only the target's is the judge's: the others
 * are plain differences of the arms, which are not corrected for how the instances differ.
 */
export function computeMetricEffects(result: Measured, catalogue: MetricCatalogue): MetricEffect[] {
  const { strategy, metrics } = result
  const names = [metrics.before, metrics.after].map((arm) => new Set(listFigures(arm)))
  const inBoth = [...names[0]!].filter((name) => names[1]!.has(name) && isOfInterest(name, strategy))
  const others = inBoth.filter((name) => name !== strategy.targetMetric)
  return [strategy.targetMetric, ...others].flatMap((name) => {
    const metric = name === responseTimeVariance.name ? responseTimeVariance : catalogue.get(name)
    const effect = metric && computeEffect(metric, result)
    return effect ? [effect] : []
  })
}

const isOfInterest = (name: string, { objective }: Measured['strategy']) =>
  !findNamedQuantile(name) ||
  name === usualQuantile ||
  objective?.subjectTo.some(({ metric, quantile }) => getQuantileName(metric, quantile) === name)

const listFigures = ({ reported = {}, further = {} }: MeasuredMetrics) => [
  ...new Set(['responseTime', 'successRate', 'coordinationScore', ...Object.keys(reported), ...Object.keys(further)]),
]

function computeEffect(metric: Metric, result: Measured): MetricEffect | undefined {
  const { strategy, metrics, interval: judged, actualImprovement, isPartial } = result
  const { name, label, unit, kind, direction } = metric
  const measured = name === strategy.targetMetric ? fromJudge(actualImprovement, judged) : estimatePlainly(metric, result)
  if (!measured || !Number.isFinite(measured.improvement)) return undefined
  const isKnown = measured.interval?.every(Number.isFinite) ?? false
  const [low, high] = isKnown ? measured.interval! : [0, 0]
  const after = readFigure(metrics.after, name)?.value ?? null
  return {
    metric: name,
    label: name === 'responseTime' && !isPartial ? 'median response time' : label,
    unit,
    kind,
    direction,
    before: readFigure(metrics.before, name)?.value ?? null,
    after,
    improvement: roundToDecimals(measured.improvement),
    interval: isKnown ? [roundToDecimals(low), roundToDecimals(high)] : null,
    ...(name === strategy.targetMetric && { isAdjusted: true }),
    effect: low > 0 ? 'gained' : high < 0 ? 'lost' : 'unclear',
    bounds: describeBounds(metric, strategy.objective, metrics),
  }
}

const fromJudge = (improvement: number | null, interval: [number, number] | null) =>
  improvement === null ? null : { improvement, interval }

function estimatePlainly(metric: Metric, { strategy, metrics }: Measured) {
  const { name } = metric
  const effect = estimateDisplayedEffect(metric, { target: strategy.targetMetric, improvement: null, interval: null, metrics })
  if (effect) {
    const { toImprovement } = getEffectScale(metric)
    const interval = effect.interval?.map(toImprovement).sort((a, b) => a - b) as [number, number] | undefined
    return { improvement: toImprovement(effect.estimate), interval: interval ?? null }
  }
  const [before, after] = [readFigure(metrics.before, name), readFigure(metrics.after, name)]
  return before && after ? compareFigures(toKindAndDirection(metric), before, after) : null
}

/** The bounds of the objective on a metric; one on a quantile belongs to that quantile if both arms measured it, otherwise to the metric. */
function describeBounds(metric: Metric, objective: Objective | undefined, { before, after }: Arms) {
  return (objective?.subjectTo ?? []).flatMap((bound) => {
    const name = getFigureName(bound.metric, toStatistic(bound.quantile))
    const isShown = bound.quantile !== undefined && [before, after].every((arm) => listFigures(arm).includes(name))
    const figure = (isShown ? name : bound.metric) === metric.name ? readFigure(after, name) : undefined
    return figure ? [{ bound: describeBound(bound, metric), holds: isWithinLimits(bound, figure.value) }] : []
  })
}

const isWithinLimits = ({ min = -Infinity, max = Infinity }: Bound, value: number) => value >= min && value <= max

/** The name of a statistic of an arm: `responseTimeP95`. */
export const getFigureName = (metric: string, statistic: Statistic = 'mean'): string =>
  metric !== 'responseTime' ? metric : `responseTime${statistic.charAt(0).toUpperCase()}${statistic.slice(1)}`

/** A figure of an arm by name; the standard error is not a number where the record has none. */
export function readFigure(measured: MeasuredMetrics, name: string): Figure | undefined {
  const further = measured.further?.[name]
  if (further) return further
  const { mean: value, standardError, samples } = measured.reported?.[name] ?? {}
  if (value !== undefined) return { value, standardError: standardError!, samples: samples! }
  const usual = measured[(name === 'responseTime' ? 'responseTimeP50' : name) as keyof MeasuredMetrics]
  return typeof usual === 'number' ? { value: usual, standardError: Number.NaN, samples: measured.samples } : undefined
}
