/** The success criteria of strategies. */
import { toSentence } from '../../../model/format.ts'
import { builtInCatalogue, getMetric, type Metric, type MetricCatalogue } from '../../../model/metric.ts'
import type { Bound } from '../../../model/objective.ts'
import { describeBound } from '../../../model/objective-text.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { type SuccessMetric, toStatistic } from '../../../model/success-metric.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

type Served = Pick<Strategy, 'targetMetric' | 'objective'>

/** Those of document 000 for its types of strategy (B5, B6); for other types those of the goal. */
export function listSuccessMetrics(
  { type, ...served }: Served & Pick<Strategy, 'type'>,
  thresholds: Thresholds,
  catalogue: MetricCatalogue = builtInCatalogue,
): SuccessMetric[] {
  const percent = (ratio: number) => `${roundToDecimals(ratio * 100)}%`
  switch (type) {
    case 'agent_response_time':
      return [
        {
          description: `Response time < ${thresholds.responseTimeMs}ms`,
          metric: 'responseTime',
          aim: 'at-most',
          limit: thresholds.responseTimeMs,
        },
        { description: 'Latency variance reduced', metric: 'responseTime', statistic: 'variance', aim: 'decrease' },
        { description: 'Throughput increased', metric: 'throughput', aim: 'increase' },
      ]
    case 'agent_success_rate':
      return [
        {
          description: `Success rate > ${percent(thresholds.successRate)}`,
          metric: 'successRate',
          aim: 'at-least',
          limit: thresholds.successRate,
        },
        { description: 'Error rate reduced', metric: 'errorRate', aim: 'decrease' },
      ]
    case 'coordination_efficiency':
      return [
        {
          description: `Coordination score > ${percent(thresholds.coordinationScore)}`,
          metric: 'coordinationScore',
          aim: 'at-least',
          limit: thresholds.coordinationScore,
        },
        { description: 'Message latency reduced', metric: 'messageLatencyMs', aim: 'decrease' },
      ]
    // A trial on one agent does not measure the whole system.
    case 'system_performance':
      return [{ description: `Overall system performance > ${percent(thresholds.systemScore)}` }]
    case 'predictive_optimization':
      return [
        { description: 'Reduced latency spikes', metric: 'responseTime', statistic: 'p95', aim: 'decrease' },
        { description: 'Improved resource utilization', metric: 'resourceEfficiency', aim: 'increase' },
        { description: 'Higher success rates', metric: 'successRate', aim: 'increase' },
      ]
    case 'coordination_enhancement':
      return [
        { description: 'Faster conflict resolution', metric: 'conflictResolutionTimeMs', aim: 'decrease' },
        { description: 'Better resource sharing', metric: 'resourceEfficiency', aim: 'increase' },
        { description: 'Improved joint decisions', metric: 'coordinationScore', aim: 'increase' },
      ]
    default:
      return listGoalSuccessMetrics(served, catalogue)
  }
}

/** To improve the target, within the bounds of the objective. */
export function listGoalSuccessMetrics({ targetMetric, objective }: Served, catalogue: MetricCatalogue): SuccessMetric[] {
  const bounds = objective?.subjectTo ?? []
  return [
    toBetter(getMetric(catalogue, targetMetric)),
    ...bounds.flatMap((bound) => toWithinBound(bound, getMetric(catalogue, bound.metric))),
  ]
}

function toBetter({ name, label, direction }: Metric): SuccessMetric {
  return { description: `Better ${label}`, metric: name, aim: direction === 'higher' ? 'increase' : 'decrease' }
}

function toWithinBound({ quantile, min, max }: Bound, metric: Metric): SuccessMetric[] {
  const statistic = toStatistic(quantile)
  const criterion = (aim: 'at-least' | 'at-most', limit: number): SuccessMetric => {
    const bound = describeBound({ quantile, [aim === 'at-least' ? 'min' : 'max']: limit }, metric)
    const description = `${toSentence(metric.label).slice(0, -1)} ${bound}`
    return { description, metric: metric.name, ...(statistic && { statistic }), aim, limit }
  }
  return [...(min === undefined ? [] : [criterion('at-least', min)]), ...(max === undefined ? [] : [criterion('at-most', max)])]
}
