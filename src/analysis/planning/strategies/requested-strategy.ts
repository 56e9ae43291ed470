import { metricLabels } from '../../../model/format.ts'
import { type JudgedMetric, judgedMetricSchema, type Knob, type KnobValue, type MetricName } from '../../../model/knob.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { describeAction, describeRollback, describeTurns } from './wording.ts'

/** A person's own change as a strategy, judged by the first metric that its knobs are declared to affect, or else the response time. */
export function buildRequestedStrategy(request: {
  id: string
  agentId: string
  knobs: readonly Knob[]
  changes: { knob: string; from: KnobValue; to: KnobValue }[]
  requestedBy: string
}): Strategy {
  const { id, agentId, changes, requestedBy } = request
  const affected = changes.flatMap(({ knob }) => request.knobs.find(({ name }) => name === knob)?.affects ?? [])
  const targetMetric = affected.map(({ metric }) => metric).find(isJudged) ?? 'responseTime'
  return {
    id,
    type: 'operator_request',
    priority: 'high',
    targetComponent: agentId,
    agentId,
    targetMetric,
    description: `${describeTurns(changes)} on ${agentId}, requested by ${requestedBy}`,
    expectedImprovement: 0,
    implementationTime: 120_000,
    actions: changes.map((change) => ({ description: describeAction(change, request.knobs), agentId, ...change })),
    successMetrics: [`Better ${metricLabels[targetMetric]}`],
    rollbackPlan: describeRollback(agentId, changes),
  }
}

const isJudged = (metric: MetricName): metric is JudgedMetric => judgedMetricSchema.safeParse(metric).success
