import { decideAdmission, type FleetFacts } from '../analysis/eligibility/index.ts'
import { MetricSeriesCache } from '../analysis/observing/forecasting/index.ts'
import type { UnusableAgent } from '../analysis/observing/unusable-agents.ts'
import { findWeightedMetrics } from '../analysis/observing/weighted-metrics.ts'
import type { PlanRequest } from '../analysis/planning/plan-cycle.ts'
import { poolStrategies, proposeForSimilarAgents, type SimilarAgent } from '../analysis/planning/pooling.ts'
import { PlanningFacts } from '../analysis/planning/strategies/planning-facts.ts'
import { initialAutonomy } from '../analysis/policy/autonomy.ts'
import { describeExcessiveDuration, mergeConditions, planObservation, type TrialConditions } from '../analysis/trials/duration.ts'
import { toLongTrialConditions } from '../analysis/trials/switchback-plan.ts'
import type { Config } from '../config/config.ts'
import { omitOutdatedFigures } from '../model/current-figures.ts'
import { type AgentProfile, hasLiveInstance } from '../model/profile.ts'
import { markRestarts } from '../model/restart.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Database } from '../store/database.ts'
import { loadKnownInstances } from '../store/instance-liveness.ts'
import { isTransientOutage } from './for-each-agent.ts'
import {
  buildTrialConditions,
  countComparedInstances,
  loadRecentExecutionFacts,
  type RecentExecutionFacts,
} from './trial-conditions.ts'

/** Agents that are considered for the same change: their executions have to be read. */
const maxAlike = 50

export interface PlannedObservations {
  /** Those whose trial does not fit into a cycle say so; with those of the same change on agents that are alike. */
  strategies: Strategy[]
  /** Why strategies are skipped, by id. */
  skipped: Record<string, string>
  /** Agents whose strategies are skipped because their data cannot be processed. */
  unusable: UnusableAgent[]
}

/**
 * Estimates how long the trial of each strategy takes. One that would take too long is skipped; so is one outside a cycle that could not
 * start now, in addition to those before it, since nothing would come of its workflow. Those that wait for approval start later. Agents that are alike
 * get the same change, so that their trials are judged together.
 * @param planning what the strategies were planned from
 * @throws an error that concerns all agents and may pass, such as a lost connection
 */
export async function planObservations(
  db: Database,
  config: Config,
  strategies: readonly Strategy[],
  planning: PlanRequest,
): Promise<PlannedObservations> {
  const { history = {}, knobs } = planning
  const snapshot = { ...planning.snapshot, agents: planning.snapshot.agents.map(omitOutdatedFigures) }
  const planned: PlannedObservations = { strategies: [], skipped: {}, unusable: [] }
  const agents = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
  const facts = new PlanningFacts({ ...planning, now: snapshot.takenAt }, new MetricSeriesCache(snapshot, history))
  const alike = snapshot.agents.filter(({ kind }) => config.trials.alike.includes(kind))
  const instances = await loadKnownInstances(db, {
    agentIds: [...new Set([...strategies, ...alike].map(({ agentId }) => agentId))],
  })
  const recent = new Map<string, Promise<RecentExecutionFacts>>()
  const starting: FleetFacts['running'][number][] = []

  for (const strategy of strategies.map((each) => markRestarts(each, knobs[each.agentId] ?? []))) {
    const { id, agentId } = strategy
    const { joined = [strategy], obstacle } = await observe(strategy).catch((error: unknown) => {
      if (isTransientOutage(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (!planned.unusable.some((agent) => agent.agentId === agentId)) planned.unusable.push({ agentId, reason })
      return { joined: undefined, obstacle: `its trial cannot be planned: ${reason}` }
    })
    planned.strategies.push(...joined)
    if (obstacle) planned.skipped[id] = obstacle
  }
  return planned

  /** The strategy with how its trial is observed if that is outside a cycle, and the others of its pool; and why it is skipped. */
  async function observe(strategy: Strategy): Promise<{ joined?: Strategy[]; obstacle?: string | undefined }> {
    if (strategy.asks) return {}
    const { agentId } = strategy
    const own = await loadConditions(strategy)
    const alone = planObservation(own, config.trials)
    // A cycle does not wait for restarts.
    if (alone.kind === 'in-cycle' && !strategy.restarts) return {}
    const startingBefore = starting.length
    const obstacle = findObstacle(strategy, own)
    const alike = obstacle || alone.kind === 'in-cycle' ? [] : await startAlike(strategy, own)
    const conditions =
      alike.length > 0
        ? mergeConditions([own, ...alike.map((one) => one.conditions)])
        : toLongTrialConditions(own, strategy, knobs[agentId] ?? [], config.trials)
    const plan = planObservation(conditions, config.trials)
    if (plan.kind === 'too-long') {
      starting.length = startingBefore
      return { obstacle: describeExcessiveDuration(plan, config.trials) }
    }
    const { decisions, ms } = plan
    const members = [strategy, ...alike.map((one) => one.strategy)].map((one) => ({ ...one, observation: { decisions, ms } }))
    return { joined: members.length > 1 ? poolStrategies(members) : members, obstacle }
  }

  /** The same change on other agents, if the operator says that they are alike: those that work as rarely, and could start now. */
  async function startAlike(strategy: Strategy, own: TrialConditions) {
    const lead = agents.get(strategy.agentId)!
    const others = snapshot.agents.filter((agent) => agent.kind === lead.kind && agent !== lead && hasLiveInstance(agent))
    const describe = (agent: AgentProfile) => describeFor(strategy, agent)
    const proposed = config.trials.alike.includes(lead.kind)
      ? proposeForSimilarAgents(strategy, describe(lead), others.map(describe))
      : []
    const started: { strategy: Strategy; conditions: TrialConditions }[] = []
    for (const other of proposed.slice(0, maxAlike)) {
      const conditions = await loadConditions(other).catch((error: unknown) => {
        if (isTransientOutage(error)) throw error
      })
      const isRare = conditions !== undefined && planObservation(conditions, config.trials).kind !== 'in-cycle'
      if (!isRare || conditions.compared.design !== own.compared.design || findObstacle(other, conditions)) continue
      started.push({ strategy: markRestarts(other, knobs[other.agentId] ?? []), conditions })
    }
    return started
  }

  function describeFor({ targetMetric, objective: served }: Strategy, agent: AgentProfile): SimilarAgent {
    const { agentId, kind, configuration } = agent
    const autonomy = planning.policy.autonomyByKind[kind] ?? initialAutonomy
    const objective = facts.objectiveOf(agent)
    const weighed = served && findWeightedMetrics(targetMetric, served, agent, planning.eligibility.fleet.catalogue)
    return { agentId, values: configuration.values, knobs: knobs[agentId] ?? [], objective, weighed, autonomy }
  }

  async function loadConditions(strategy: Strategy): Promise<TrialConditions> {
    const { id, agentId } = strategy
    const live = (instances.get(agentId) ?? []).filter(({ liveness }) => liveness === 'live').map(({ instanceId }) => instanceId)
    if (!recent.has(agentId)) recent.set(agentId, loadRecentExecutionFacts({ db, config }, agentId))
    const past = { ...(await recent.get(agentId)!), knobs: knobs[agentId] ?? [] }
    return buildTrialConditions(config, strategy, countComparedInstances(live, id), past)
  }

  /** Why a trial outside a cycle could not start after those that start before it. */
  function findObstacle({ id, agentId, ...strategy }: Strategy, { compared }: TrialConditions): string | undefined {
    if (starting.some((trial) => trial.agentId === agentId)) return `another trial on ${agentId} comes first`
    const now = facts.of(agents.get(agentId)!)
    const fleet = { ...now.fleet, running: [...now.fleet.running, ...starting] }
    const { reasons, candidates } = decideAdmission({ ...now, isLong: true, fleet }, strategy, 'optimizer')
    if (reasons.length === 0) starting.push({ id, agentId, candidates: Math.min(compared.candidate, candidates), isLong: true })
    return reasons[0]?.reason
  }
}
