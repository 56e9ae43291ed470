import {
  getRecordedMetric,
  type Metric,
  type MetricName,
  standardMetrics,
  toKindAndDirection,
  toMetricKind,
} from '../../model/metric.ts'
import type { Bound, Objective } from '../../model/objective.ts'
import type { Strategy } from '../../model/strategy.ts'
import { weightedSumName } from '../../model/weighted-sum-name.ts'
import {
  createUsualGoal,
  type Guard,
  type LevelBound,
  type TrialGoal,
  type TrialMetric,
  toTrialMetric,
  toWeightedSum,
} from '../judging/index.ts'
import { defaultTolerances, worthwhileEffect } from '../statistics/worthwhile-effect.ts'

/**
 * The metrics that a strategy's trial must improve, and those that it must not harm: without an objective the usual metrics; with one its bounds,
 * those of the target included, what it tolerates, and success. While a bound is violated, its metric is the target, and the metric that
 * the objective is about may become worse.
 */
export function buildTrialGoal(strategy: Pick<Strategy, 'targetMetric' | 'objective' | 'declared' | 'weighed'>): TrialGoal {
  const { targetMetric, objective, weighed } = strategy
  const target =
    weighed && targetMetric === weightedSumName
      ? toWeightedSum(weighed, (name) => toKindAndDirection(getRecordedMetric(strategy, name)))
      : toTrialMetric(getRecordedMetric(strategy, targetMetric))
  if (!objective) return createUsualGoal(target)
  const guards = listGuardedMetrics(strategy)
    .map((name) => buildGuard(getRecordedMetric(strategy, name), objective))
    // A target that is proven to be better may still be beyond a bound, such as one on a quantile.
    .filter(({ metric, bounds }) => metric.metric !== targetMetric || bounds.length > 0)
  return { target, guards }
}

/** The names of the metrics that the trial of a strategy must not harm. */
export function listGuardedMetrics({ targetMetric, objective }: Pick<Strategy, 'targetMetric' | 'objective'>): MetricName[] {
  if (!objective) return standardMetrics.filter((name) => name !== targetMetric)
  const bounded = objective.subjectTo.map(({ metric }) => metric)
  return [...new Set(['successRate', ...bounded, ...Object.keys(objective.tolerate)])]
}

/** The metrics without which nothing is kept: the target, and the guardrails that an objective requires. */
export const listRequiredMetrics = ({ target, guards }: TrialGoal): TrialMetric[] => [
  target,
  ...guards.filter(({ isRequired }) => isRequired).map(({ metric }) => metric),
]

function buildGuard(metric: Metric, { subjectTo, tolerate }: Objective): Guard {
  const { name } = metric
  const bounds = subjectTo.filter((bound) => bound.metric === name).flatMap((bound) => toLevelBounds(bound, metric))
  const given = tolerate[name]
  const usual = name === 'successRate' && bounds.length === 0 ? defaultTolerances.successRate : undefined
  const tolerance = given === undefined ? usual : given / 100
  return { metric: toTrialMetric(metric), tolerance, isAccepted: given !== undefined, bounds, isRequired: true }
}

/** A bound as the judge takes it; by default the smallest worthwhile effect is tolerated. */
function toLevelBounds({ quantile, min, max, tolerance }: Bound, { kind }: Metric): LevelBound[] {
  const common = { quantile, tolerance: tolerance ?? worthwhileEffect[toMetricKind(kind)] }
  return [
    ...(min === undefined ? [] : [{ ...common, side: 'min' as const, limit: min }]),
    ...(max === undefined ? [] : [{ ...common, side: 'max' as const, limit: max }]),
  ]
}
