import { findAgentReasons } from '../analysis/eligibility/index.ts'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import { describeTooLong, planObservation } from '../analysis/trials/duration.ts'
import type { Config } from '../config.ts'
import type { Policy } from '../model/policy.ts'
import type { Strategy } from '../model/strategy.ts'
import { loadEligibilityFacts } from '../reading/eligibility.ts'
import { findAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { loadTrialConditions } from './trial-conditions.ts'

export interface PlannedObservations {
  /** Those whose trial does not fit into a cycle say so. */
  strategies: Strategy[]
  /** Why strategies are left, by id. */
  left: Record<string, string>
}

/**
 * Estimates how long the trial of each strategy takes. One that would take too long is left; so is one outside a cycle that could not
 * start now, since nothing would come of its workflow. Those that wait for approval start later.
 */
export async function planObservations(
  db: Database,
  config: Config,
  strategies: readonly Strategy[],
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'>,
): Promise<PlannedObservations> {
  const planned: PlannedObservations = { strategies: [], left: {} }
  const startsAlone = new Set<string>()
  for (const strategy of strategies) {
    const { id, agentId, asks } = strategy
    const { live } = await classifyInstances(db, agentId)
    const { design, candidate, control } = assignArms(live, id)
    const compared = { design, candidate: candidate.length, control: control.length, live: live.length }
    const plan = planObservation(await loadTrialConditions(db, config, strategy, compared), config.trials)
    if (plan.kind === 'in-cycle' || asks) {
      planned.strategies.push(strategy)
      continue
    }
    const { decisions, ms } = plan
    planned.strategies.push(plan.kind === 'alone' ? { ...strategy, observation: { decisions, ms } } : strategy)
    const reason =
      plan.kind === 'too-long' ? describeTooLong(plan, config.trials) : await findObstacle(strategy, startsAlone.has(agentId))
    if (reason) planned.left[id] = reason
    else startsAlone.add(agentId)
  }
  return planned

  async function findObstacle({ agentId }: Strategy, isTaken: boolean): Promise<string | undefined> {
    if (isTaken) return `another trial of ${agentId} comes first`
    const { kind } = (await findAgent(db, agentId))!
    const facts = await loadEligibilityFacts(db, config, { agentId, kind }, { now: Date.now(), policy, isLong: true })
    return findAgentReasons(facts, 'beginning')[0]?.reason
  }
}
