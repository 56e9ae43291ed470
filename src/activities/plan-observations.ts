import { decideAdmission, type FleetFacts } from '../analysis/eligibility/index.ts'
import { MetricSeriesCache } from '../analysis/observing/forecasting/index.ts'
import type { UnusableAgent } from '../analysis/observing/unusable-agents.ts'
import type { PlanRequest } from '../analysis/planning/plan-cycle.ts'
import { PlanningFacts } from '../analysis/planning/strategies/planning-facts.ts'
import { assignArms } from '../analysis/trials/arm-assignment.ts'
import { describeTooLong, planObservation } from '../analysis/trials/duration.ts'
import type { Config } from '../config.ts'
import type { InstanceExecution } from '../model/readings.ts'
import { markRestarts } from '../model/restart.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Database } from '../store/database.ts'
import { loadKnownInstances } from '../store/instance-liveness.ts'
import { mayPass } from './for-each-agent.ts'
import { buildTrialConditions, loadNewestExecutions } from './trial-conditions.ts'

export interface PlannedObservations {
  /** Those whose trial does not fit into a cycle say so. */
  strategies: Strategy[]
  /** Why strategies are left, by id. */
  left: Record<string, string>
  /** Agents whose strategies are left because their data cannot be processed. */
  unusable: UnusableAgent[]
}

/**
 * Estimates how long the trial of each strategy takes. One that would take too long is left; so is one outside a cycle that could not
 * start now, beside those before it, since nothing would come of its workflow. Those that wait for approval start later.
 * @param planning what the strategies were planned from
 * @throws an error that concerns all agents and may pass, such as a lost connection
 */
export async function planObservations(
  db: Database,
  config: Config,
  strategies: readonly Strategy[],
  planning: PlanRequest,
): Promise<PlannedObservations> {
  const { snapshot, history = {}, knobs } = planning
  const planned: PlannedObservations = { strategies: [], left: {}, unusable: [] }
  const agents = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
  const facts = new PlanningFacts({ ...planning, now: snapshot.takenAt }, new MetricSeriesCache(snapshot, history))
  const instances = await loadKnownInstances(db, { agentIds: [...new Set(strategies.map(({ agentId }) => agentId))] })
  const executions = new Map<string, Promise<InstanceExecution[]>>()
  const starting: FleetFacts['running'][number][] = []

  for (const strategy of strategies.map((each) => markRestarts(each, knobs[each.agentId] ?? []))) {
    const { id, agentId } = strategy
    const { observation, obstacle } = await observe(strategy).catch((error: unknown) => {
      if (mayPass(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (!planned.unusable.some((agent) => agent.agentId === agentId)) planned.unusable.push({ agentId, reason })
      return { observation: undefined, obstacle: `its trial cannot be planned: ${reason}` }
    })
    planned.strategies.push(observation ? { ...strategy, observation } : strategy)
    if (obstacle) planned.left[id] = obstacle
  }
  return planned

  /** How a trial is observed if that is outside a cycle, and why its strategy is left. */
  async function observe(strategy: Strategy): Promise<{ observation?: Strategy['observation']; obstacle?: string | undefined }> {
    const { id, agentId, asks, restarts } = strategy
    const live = (instances.get(agentId) ?? []).filter(({ liveness }) => liveness === 'live').map(({ instanceId }) => instanceId)
    const { design, candidate, control } = assignArms(live, id)
    const compared = { design, candidate: candidate.length, control: control.length, live: live.length }
    if (!executions.has(agentId)) executions.set(agentId, loadNewestExecutions(db, agentId))
    const past = { executions: await executions.get(agentId)!, knobs: knobs[agentId] ?? [] }
    const plan = planObservation(buildTrialConditions(config, strategy, compared, past), config.trials)
    // A cycle does not wait for restarts.
    if ((plan.kind === 'in-cycle' && !restarts) || asks) return {}
    if (plan.kind === 'too-long') return { obstacle: describeTooLong(plan, config.trials) }
    return { observation: { decisions: plan.decisions, ms: plan.ms }, obstacle: findObstacle(strategy, candidate.length) }
  }

  /** Why a trial outside a cycle could not start after those that start before it. */
  function findObstacle(strategy: Strategy, wanted: number): string | undefined {
    const { id, agentId } = strategy
    if (starting.some((trial) => trial.agentId === agentId)) return `another trial of ${agentId} comes first`
    const now = facts.of(agents.get(agentId)!)
    const fleet = { ...now.fleet, running: [...now.fleet.running, ...starting] }
    const { reasons, candidates } = decideAdmission({ ...now, isLong: true, fleet }, strategy, 'optimizer')
    if (reasons.length === 0) starting.push({ id, agentId, candidates: Math.min(wanted, candidates), isLong: true })
    return reasons[0]?.reason
  }
}
