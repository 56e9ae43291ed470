/** The same change on several agents that the operator declared alike. */
import { isSameValue, type Knob, type KnobValues, validateKnobValues } from '../../model/knob.ts'
import { isSameObjective, type Objective } from '../../model/objective.ts'
import type { Strategy } from '../../model/strategy.ts'
import type { WeightedMetrics } from '../../model/weights.ts'
import { findApprovalNeed } from '../eligibility/index.ts'
import { describeAdjustments, describeRollback } from './strategies/wording.ts'

/** The facts that decide whether a change may be tried on an agent in the same way. */
export interface SimilarAgent {
  agentId: string
  values: KnobValues
  knobs: readonly Knob[]
  /** The objective that is set for it. */
  objective: Objective | undefined
  /** The metrics that the target consists of, if it is a weighted sum, with the agent's own references. */
  weighed?: WeightedMetrics | undefined
  /** The autonomy on its kind of agents. */
  autonomy: number
}

/**
 * The change of a strategy for other agents of its kind: those with the same values, with knobs that allow the new ones, with the same
 * objective, and on which the change needs no approval. A weighted sum is judged by what is usual for each of them.
 */
export function proposeForSimilarAgents(strategy: Strategy, own: SimilarAgent, others: readonly SimilarAgent[]): Strategy[] {
  const { actions } = strategy
  const changes = Object.fromEntries(actions.map(({ knob, to }) => [knob, to]))
  return others
    .filter(({ values, knobs, objective, weighed, autonomy }) => {
      const isSame = actions.every(({ knob, from }) => values[knob] !== undefined && isSameValue(values[knob], from))
      const isValid = validateKnobValues(knobs, changes).length === 0
      // Agents of one kind may declare other risks, in another release for instance.
      const mayStart = !findApprovalNeed(knobs, Object.keys(changes), autonomy)
      const isMeasured = strategy.weighed === undefined || weighed !== undefined
      return isSame && isValid && mayStart && isMeasured && isSameObjective(objective, own.objective)
    })
    .map(({ agentId, weighed }, index) => ({
      ...strategy,
      ...(weighed && { weighed }),
      id: `${strategy.id}_${index + 2}`,
      agentId,
      targetComponent: strategy.targetComponent === own.agentId ? agentId : strategy.targetComponent,
      description: `${describeAdjustments(actions)} on ${agentId}, as on the similar agent ${own.agentId}`,
      actions: actions.map((action) => ({ ...action, agentId })),
      rollbackPlan: describeRollback(agentId, actions),
    }))
}

/** The strategies of one pool, in which each knows the others. */
export function poolStrategies(strategies: readonly Strategy[]): Strategy[] {
  const members = strategies.map(({ id, agentId }) => ({ strategyId: id, agentId }))
  return strategies.map((strategy) => ({ ...strategy, pool: { id: strategies[0]!.id, members } }))
}
