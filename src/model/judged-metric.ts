/** The metrics that trials can be judged by: those that tell the instances with a change from those without it. */
import { isReportable, isSystemMetric, type Metric, type MetricCatalogue, type MetricName } from './metric.ts'

/** Metrics of messages that a trial knows of each negotiation. */
const ofNegotiations = ['coordinationScore', 'messageLatencyMs', 'conflictResolutionTimeMs'] as const
export type NegotiationMetric = (typeof ofNegotiations)[number]
export const isNegotiationMetric = (name: MetricName): name is NegotiationMetric =>
  (ofNegotiations as readonly string[]).includes(name)

/** Whether trials can be judged by a metric: one of executions or of negotiations. */
export const isUsableForJudging = (metric: Metric): boolean =>
  (metric.grain === 'execution' && metric.source !== 'objective') || isReportable(metric) || isNegotiationMetric(metric.name)

const reasons: Partial<Record<MetricName, string>> = {
  throughput:
    'the instances share the work of their agent, so more work on some means less on the others; every trial checks anyway that a change does not reduce the amount of work',
  messageSuccessRate:
    'use coordinationScore, which counts a message that did not arrive as not agreed if the two agents negotiate',
}

/** Why no trial can be judged by a metric, as the end of a sentence; undefined if one can, or if the metric is not declared. */
export function describeUnjudgedMetric(name: MetricName, catalogue: MetricCatalogue): string | undefined {
  const metric = catalogue.get(name)
  const reason = isSystemMetric(name)
    ? 'it is about the whole system, and a trial is about one agent'
    : metric && !isUsableForJudging(metric)
      ? describeUnjudgedAgentMetric(metric)
      : undefined
  return reason && `no trial can be judged by ${name}: ${reason}`
}

const describeUnjudgedAgentMetric = ({ name, source }: Metric): string =>
  reasons[name] ??
  (source === 'self-report'
    ? 'executions do not report it; declare a metric that they report'
    : 'it is known only for the agent as a whole, but a trial compares individual instances')
