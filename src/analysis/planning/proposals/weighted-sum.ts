/** Knowledge about a weighted sum follows from knowledge about its metrics. */

import type { Knob } from '../../../model/knob.ts'
import type { MetricCatalogue } from '../../../model/metric.ts'
import { weightedSumName } from '../../../model/weighted-sum-name.ts'
import type { WeightedMetrics } from '../../../model/weights.ts'
import { estimateWeightedSum } from '../../statistics/weighted-sum.ts'
import type { TriedConfiguration } from './trial-lineages.ts'

/** Adds the figure of the weighted sum, if all of its metrics are known. */
export function addWeightedSum(
  tried: TriedConfiguration,
  weighed: WeightedMetrics,
  catalogue: MetricCatalogue,
): TriedConfiguration {
  const sum = estimateWeightedSum(weighed, tried.figures, catalogue)
  return sum ? { ...tried, figures: { ...tried.figures, [weightedSumName]: sum } } : tried
}

/** Adds the effect on the weighted sum that follows from the declared effects on its metrics: in the direction of the greater weight. */
export function addWeightedEffect<K extends Knob>(knob: K, weighed: WeightedMetrics): K {
  const effects = knob.affects.filter(({ metric }) => metric in weighed)
  if (effects.length === 0) return knob
  const pull = effects.reduce(
    (sum, { metric, improves }) =>
      sum + (improves === undefined ? 0 : (improves === 'increase' ? 1 : -1) * weighed[metric]!.weight),
    0,
  )
  const improves = pull > 0 ? ('increase' as const) : ('decrease' as const)
  return { ...knob, affects: [...knob.affects, { metric: weightedSumName, ...(pull !== 0 && { improves }) }] }
}
