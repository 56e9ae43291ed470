import type { RulesOfOneType } from '../../../model/bottleneck-rule.ts'
import { addKnobUnits } from '../../../model/finished-trial.ts'
import type { Knob } from '../../../model/knob.ts'
import { getMetric, type MetricCatalogue, selectDeclarations } from '../../../model/metric.ts'
import { listObjectiveMetrics, type Objective } from '../../../model/objective.ts'
import { describeObjective } from '../../../model/objective-text.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { computeHeadroom } from '../../observing/attainment.ts'
import { findWeightedMetrics } from '../../observing/weighted-metrics.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import type { ImprovementExpectation } from '../expectation/index.ts'
import type { Proposal } from '../proposals/index.ts'
import type { Opportunity } from './opportunities.ts'
import { listSuccessMetrics } from './success-metrics.ts'
import type { StrategyTarget } from './targets.ts'
import { describeAction, describeRollback, describeStrategy } from './wording.ts'

/** The parts of a strategy. */
interface Parts {
  opportunity: Opportunity
  target: StrategyTarget
  agent: AgentProfile
  proposal: Proposal
  expected: ImprovementExpectation
  asks: Strategy['asks']
  /** The knobs of the target's agent. */
  knobs: readonly Knob[]
  /** The rules that define bottlenecks of the target. */
  rules: readonly RulesOfOneType[]
  /** The objective of the agent that it serves. */
  objective: Objective | undefined
  catalogue: MetricCatalogue
}

/** The strategy, in the fields of document 000; its texts describe the actual change. */
export function buildStrategy({
  opportunity,
  target,
  agent,
  proposal,
  expected,
  asks,
  knobs,
  rules,
  objective,
  catalogue,
}: Parts): Strategy {
  const { id, type, priority, targetComponent } = opportunity
  const { agentId, grounds, derivedFrom } = target
  const changes = addKnobUnits(proposal.changes, knobs)
  const metric = getMetric(catalogue, target.metric)
  const most = computeHeadroom(metric, agent)
  const weighed = objective && findWeightedMetrics(metric.name, objective, agent, catalogue)
  const named = [metric.name, ...(objective ? listObjectiveMetrics(objective) : []), ...Object.keys(agent.metrics)]
  const declared = selectDeclarations(catalogue, named)
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
    ...(derivedFrom !== undefined && { derivedFrom }),
    ...(weighed && { weighed }),
    ...(declared.length > 0 && { declared }),
    description: grounds ? `${description}: ${grounds}` : description,
    expectedImprovement: possible(expected.improvement),
    expectedInterval: [possible(expected.interval[0]), possible(expected.interval[1])],
    uncertainty: expected.uncertainty,
    implementationTime: expected.implementationTime,
    actions: changes.map((change) => ({ description: describeAction(change, knobs), agentId, ...change })),
    why: objective ? `${proposal.why}; it serves the objective: ${describeObjective(objective)}` : proposal.why,
    successMetrics: listSuccessMetrics({ type, targetMetric: metric.name, objective }, rules, catalogue),
    rollbackPlan: describeRollback(agentId, changes),
    ...(asks && { asks }),
  }
}
