import type { JudgedMetric } from '../../model/knob.ts'
import { type MetricKind, metricTraits } from '../../model/metric.ts'

/** The least effect that is worth having (`docs/how-a-trial-works.md`): a share of a quantity, a difference of proportions (0–1). */
export const worthwhileEffect: Record<MetricKind, number> = { continuous: 0.05, proportion: 0.02 }

/** The same as people are told it: percent of a quantity, points of a proportion. The judge keeps nothing that gains less. */
export const minKeptImprovement = Object.fromEntries(
  Object.entries(metricTraits).map(([metric, { kind }]) => [metric, 100 * worthwhileEffect[kind]]),
) as Record<JudgedMetric, number>
