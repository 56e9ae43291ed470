/** The success criteria of strategies. */
import type { BottleneckRule, RulesOfOneType } from '../../../model/bottleneck-rule.ts'
import { formatOrdinal, formatRatio, toSentence } from '../../../model/format.ts'
import { builtInCatalogue, getMetric, type Metric, type MetricCatalogue } from '../../../model/metric.ts'
import type { Bound } from '../../../model/objective.ts'
import { describeBound } from '../../../model/objective-text.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { type SuccessMetric, toStatistic } from '../../../model/success-metric.ts'

type Served = Pick<Strategy, 'targetMetric' | 'objective'>

/**
 * Those of document 000 for its types of strategy (B5, B6); for other types those of the goal.
 * @param rules that define bottlenecks of the agent, or of the system: the limit of the mildest of its type is the one to meet
 */
export function listSuccessMetrics(
  { type, ...served }: Served & Pick<Strategy, 'type'>,
  rules: readonly RulesOfOneType[],
  catalogue: MetricCatalogue = builtInCatalogue,
): SuccessMetric[] {
  const [rule] = rules.find(([{ type: ofRules }]) => ofRules === type) ?? []
  switch (type) {
    case 'agent_response_time':
      return [
        ...toWithinRule(rule, 'Response time', (ms) => `${ms}ms`),
        { description: 'Latency variance reduced', metric: 'responseTime', statistic: 'variance', aim: 'decrease' },
        { description: 'Throughput increased', metric: 'throughput', aim: 'increase' },
      ]
    case 'agent_success_rate':
      return [
        ...toWithinRule(rule, 'Success rate', formatRatio),
        { description: 'Error rate reduced', metric: 'errorRate', aim: 'decrease' },
      ]
    case 'coordination_efficiency':
      return [
        ...toWithinRule(rule, 'Coordination score', formatRatio),
        { description: 'Message latency reduced', metric: 'messageLatencyMs', aim: 'decrease' },
      ]
    // A trial on one agent does not measure the whole system.
    case 'system_performance':
      return toWithinRule(rule, 'Overall system performance', formatRatio).map(({ description }) => ({ description }))
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

/** "Response time < 2000ms", "Response time at the 95th percentile < 3000ms", "Success rate > 70%" */
function toWithinRule(rule: BottleneckRule | undefined, label: string, format: (limit: number) => string): SuccessMetric[] {
  if (!rule) return []
  const { metric, quantile, above, below } = rule
  const limit = (above ?? below)!
  const statistic = toStatistic(quantile)
  const what = quantile === undefined ? label : `${label} at the ${formatOrdinal(Math.round(100 * quantile))} percentile`
  const description = `${what} ${above === undefined ? '>' : '<'} ${format(limit)}`
  return [{ description, metric, ...(statistic && { statistic }), aim: above === undefined ? 'at-least' : 'at-most', limit }]
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
