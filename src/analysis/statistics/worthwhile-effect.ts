import { type MetricDeclaration, type MetricKind, type StandardMetric, toMetricKind } from '../../model/metric.ts'

/** The smallest effect worth having (`docs/how-a-trial-works.md`): a share of a quantity, a difference of proportions (0–1). */
export const worthwhileEffect: Record<MetricKind, number> = { continuous: 0.05, proportion: 0.02 }

/** The same in percent of a quantity and points of a proportion: the judge keeps no change that gains less. */
export const getMinKeptImprovement = ({ kind }: Pick<MetricDeclaration, 'kind'>): number =>
  100 * worthwhileEffect[toMetricKind(kind)]

/**
 * Loss in the usual metrics that a change may cause unless an objective says otherwise: a share of a time, a difference of shares. Nothing
 * is kept until more harm than this is ruled out.
 */
export const defaultTolerances: Record<StandardMetric, number> = {
  responseTime: 0.25,
  successRate: 0.15,
  coordinationScore: 0.25,
}
