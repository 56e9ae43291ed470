/** What a trial is about: the metric that it has to improve, and those that it must not harm. */
import { findBuiltInMetric, type StandardMetric } from '../../model/metric.ts'
import { defaultTolerances } from '../statistics/worthwhile-effect.ts'
import type { Guard } from './guard.ts'
import { type TrialMetric, toTrialMetric } from './trial-metric.ts'

/** The metric that a trial has to improve, and those that it must not harm. */
export interface TrialGoal {
  target: TrialMetric
  guards: readonly Guard[]
}

const toStandardMetric = (name: StandardMetric) => toTrialMetric(findBuiltInMetric(name)!)

/** The metrics that every agent has. */
export const standardTrialMetrics = {
  responseTime: toStandardMetric('responseTime'),
  successRate: toStandardMetric('successRate'),
  coordinationScore: toStandardMetric('coordinationScore'),
}

/**
 * The goal of a trial on an agent without an objective: to improve one metric without harm to the usual others.
 * @param target a metric, or the name of a built-in one
 * @throws OptimizerError `unusable-metric`
 */
export function createUsualGoal(improved: TrialMetric | string): TrialGoal {
  const target = typeof improved === 'string' ? toTrialMetric(findBuiltInMetric(improved)!) : improved
  const guards = Object.values(standardTrialMetrics).filter(({ metric }) => metric !== target.metric)
  return {
    target,
    guards: guards.map((metric) => ({ metric, tolerance: defaultTolerances[metric.metric as StandardMetric], bounds: [] })),
  }
}
