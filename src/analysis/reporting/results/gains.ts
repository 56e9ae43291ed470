import { createCatalogue, type MetricName, type RecordedMetric } from '../../../model/metric.ts'
import type { CombinedImprovement, CumulativeImprovement } from './cumulative.ts'

/** The total effect of the kept changes on a metric of an agent. */
export interface Gain extends CombinedImprovement {
  agentId: string
  metric: MetricName
  label: string
  effect: 'gained' | 'lost' | 'unclear'
}

/**
 * The gains by metric, and their cost in others: gains first, then losses, then unclear changes, the largest first.
 * @param improvements by agent
 * @param declared the metrics in them that are not built in
 */
export function listGains(
  improvements: Readonly<Record<string, CumulativeImprovement>>,
  declared: readonly RecordedMetric[],
): Gain[] {
  const catalogue = createCatalogue(declared)
  return Object.entries(improvements)
    .flatMap(([agentId, ofAgent]) =>
      Object.entries(ofAgent).map(([metric, improvement]): Gain => {
        const label = catalogue.get(metric)?.label ?? metric
        return { agentId, metric, label, ...improvement, effect: classify(improvement) }
      }),
    )
    .sort((a, b) => order.indexOf(a.effect) - order.indexOf(b.effect) || Math.abs(b.improvement) - Math.abs(a.improvement))
}

const order: readonly Gain['effect'][] = ['gained', 'lost', 'unclear']

function classify({ interval }: CombinedImprovement): Gain['effect'] {
  if (!interval) return 'unclear'
  if (interval[0] > 0) return 'gained'
  return interval[1] < 0 ? 'lost' : 'unclear'
}
