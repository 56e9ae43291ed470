import { addKnobUnits } from '../../../model/finished-trial.ts'
import { isUsableForJudging } from '../../../model/judged-metric.ts'
import type { Knob, KnobValue } from '../../../model/knob.ts'
import { getMetric, type MetricCatalogue, selectDeclarations } from '../../../model/metric.ts'
import { getObjectiveMetric, listObjectiveMetrics, type Objective } from '../../../model/objective.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { WeightedMetrics } from '../../../model/weights.ts'
import { listGoalSuccessMetrics } from './success-metrics.ts'
import { describeAction, describeAdjustments, describeRollback } from './wording.ts'

/**
 * A person's own change as a strategy, judged by the objective of the agent; without one, by the first metric that its knobs are declared
 * to affect, or else by the response time.
 */
export function buildRequestedStrategy(request: {
  id: string
  agentId: string
  knobs: readonly Knob[]
  changes: { knob: string; from: KnobValue; to: KnobValue }[]
  requestedBy: string
  objective?: Objective | undefined
  catalogue: MetricCatalogue
  /** The metrics that the objective weighs. */
  weighed?: WeightedMetrics | undefined
  /** The strategy whose change is tried again, which without an objective is judged by the same metric. */
  repeated?: Pick<Strategy, 'id' | 'targetMetric'> | undefined
}): Strategy {
  const { id, agentId, requestedBy, objective, catalogue, weighed, repeated } = request
  const changes = addKnobUnits(request.changes, request.knobs)
  const affected = changes.flatMap(({ knob }) => request.knobs.find(({ name }) => name === knob)?.affects ?? [])
  const isDeclared = repeated && catalogue.has(repeated.targetMetric)
  const candidates = [...(isDeclared ? [repeated.targetMetric] : []), ...affected.map(({ metric }) => metric)]
  const declared = candidates.find((name) => isUsableForJudging(getMetric(catalogue, name))) ?? 'responseTime'
  const targetMetric = objective ? getObjectiveMetric(objective) : declared
  return {
    id,
    type: 'operator_request',
    priority: 'high',
    targetComponent: agentId,
    agentId,
    targetMetric,
    ...(objective && { objective }),
    ...(weighed && { weighed }),
    declared: selectDeclarations(catalogue, [targetMetric, ...(objective ? listObjectiveMetrics(objective) : [])]),
    description: `${describeAdjustments(changes)} on ${agentId}, requested by ${requestedBy}${repeated ? `, again after ${repeated.id}` : ''}`,
    expectedImprovement: 0,
    implementationTime: 120_000,
    actions: changes.map((change) => ({ description: describeAction(change, request.knobs), agentId, ...change })),
    successMetrics: listGoalSuccessMetrics({ targetMetric, objective }, catalogue),
    rollbackPlan: describeRollback(agentId, changes),
    requestedBy,
    ...(repeated && { repeats: repeated.id }),
  }
}
