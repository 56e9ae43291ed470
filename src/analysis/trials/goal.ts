import { findBuiltInMetric, type JudgedMetric, metricTraits } from '../../model/metric.ts'
import type { Bound, Objective } from '../../model/objective.ts'
import type { Strategy } from '../../model/strategy.ts'
import { createUsualGoal, type Guard, type LevelBound, type TrialGoal, toTrialMetric } from '../judging/index.ts'
import { worthwhileEffect } from '../statistics/worthwhile-effect.ts'

/** Loss of success that a change may cause unless the objective says otherwise: a difference of shares. */
const usualSuccessTolerance = 0.15

/**
 * What the trial of a strategy has to improve, and what it must not harm: without an objective the usual metrics; with one its bounds,
 * those of the target included, what it tolerates, and success. While a bound is violated, its metric is the target, and the metric that
 * the objective is about may become worse.
 */
export function buildTrialGoal({ targetMetric, objective }: Pick<Strategy, 'targetMetric' | 'objective'>): TrialGoal {
  if (!objective) return createUsualGoal(targetMetric)
  const names = new Set(['successRate', ...objective.subjectTo.map(({ metric }) => metric), ...Object.keys(objective.tolerate)])
  const guards = [...names]
    .map((name) => buildGuard(name as JudgedMetric, objective))
    // A target that is proven to be better may still be beyond a bound, such as one on a quantile.
    .filter(({ metric, bounds }) => metric.metric !== targetMetric || bounds.length > 0)
  return { target: toTrialMetric(findBuiltInMetric(targetMetric)!), guards }
}

function buildGuard(name: JudgedMetric, { subjectTo, tolerate }: Objective): Guard {
  const bounds = subjectTo.filter(({ metric }) => metric === name).flatMap(toLevelBounds)
  const given = tolerate[name]
  const usual = name === 'successRate' && bounds.length === 0 ? usualSuccessTolerance : undefined
  const tolerance = given === undefined ? usual : given / 100
  return { metric: toTrialMetric(findBuiltInMetric(name)!), tolerance, bounds, isRequired: true }
}

/** A bound as the judge takes it; by default the smallest worthwhile effect is tolerated. */
export function toLevelBounds({ metric, quantile, min, max, tolerance }: Bound): LevelBound[] {
  const common = { quantile, tolerance: tolerance ?? worthwhileEffect[metricTraits[metric as JudgedMetric].kind] }
  return [
    ...(min === undefined ? [] : [{ ...common, side: 'min' as const, limit: min }]),
    ...(max === undefined ? [] : [{ ...common, side: 'max' as const, limit: max }]),
  ]
}
