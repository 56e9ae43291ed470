import type { Knob } from '../../../model/knob.ts'
import type { Metric, MetricDeclaration } from '../../../model/metric.ts'
import type { Objective } from '../../../model/objective.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import type { Weighed } from '../../../model/weights.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import type { ImprovementExpectation } from '../expectation/index.ts'
import type { Proposal } from '../proposals/index.ts'
import type { Intention } from './intentions.ts'
import type { StrategyTarget } from './targets.ts'
import { describeAction, describeRollback, describeStrategy, describeSuccessMetrics } from './wording.ts'

/** The parts of a strategy. */
interface Parts {
  intention: Intention
  target: StrategyTarget
  metric: Metric
  proposal: Proposal
  expected: ImprovementExpectation
  asks: Strategy['asks']
  /** The knobs of the target's agent. */
  knobs: readonly Knob[]
  /** The most that may be promised of its metric: percent or points. */
  most: number
  thresholds: Thresholds
  /** The objective of the agent that it serves. */
  objective: Objective | undefined
  /** The metrics of the agent that are not built in. */
  declared: MetricDeclaration[]
  /** The metrics that the target consists of, if it is a weighted sum. */
  weighed: Weighed | undefined
}

/** The strategy, in the fields of document 000; its words say what it really changes. */
export function buildStrategy({
  intention,
  target,
  metric,
  proposal,
  expected,
  asks,
  knobs,
  most,
  thresholds,
  objective,
  declared,
  weighed,
}: Parts): Strategy {
  const { id, type, priority, targetComponent } = intention
  const { agentId, grounds } = target
  const { changes, why } = proposal
  const description = describeStrategy(agentId, changes, metric)
  const possible = (improvement: number) => roundToDecimals(Math.min(most, improvement))
  return {
    id,
    type,
    priority,
    targetComponent,
    agentId,
    targetMetric: metric.name,
    ...(objective && { objective }),
    ...(weighed && { weighed }),
    ...(declared.length > 0 && { declared }),
    description: grounds ? `${description}: ${grounds}` : description,
    expectedImprovement: possible(expected.improvement),
    expectedInterval: [possible(expected.interval[0]), possible(expected.interval[1])],
    uncertainty: expected.uncertainty,
    implementationTime: expected.implementationTime,
    actions: changes.map(({ knob, from, to }) => ({
      description: describeAction({ knob, from, to }, knobs),
      agentId,
      knob,
      from,
      to,
    })),
    why,
    successMetrics: describeSuccessMetrics(type, thresholds),
    rollbackPlan: describeRollback(agentId, changes),
    ...(asks && { asks }),
  }
}
