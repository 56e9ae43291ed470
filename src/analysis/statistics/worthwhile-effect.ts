import type { JudgedMetric } from '../../model/metric.ts'
import { type MetricKind, metricTraits } from '../../model/metric.ts'

/** The smallest effect worth having (`docs/how-a-trial-works.md`): a share of a quantity, a difference of proportions (0–1). */
export const worthwhileEffect: Record<MetricKind, number> = { continuous: 0.05, proportion: 0.02 }

/** The same in percent of a quantity and points of a proportion: the judge keeps no change that gains less. */
export const minKeptImprovement = Object.fromEntries(
  Object.entries(metricTraits).map(([metric, { kind }]) => [metric, 100 * worthwhileEffect[kind]]),
) as Record<JudgedMetric, number>
