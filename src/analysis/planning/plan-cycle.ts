import type { Bottleneck } from '../../model/bottleneck.ts'
import { omitOutdatedFigures } from '../../model/current-figures.ts'
import { formatChanges } from '../../model/format.ts'
import { hasLiveInstance } from '../../model/profile.ts'
import type { Strategy } from '../../model/strategy.ts'
import { computeEffectiveAggressiveness, type EligibilityRecord } from '../eligibility/index.ts'
import { detectAnomalyBottlenecks, separateFirstAnomalies } from '../observing/anomaly-bottlenecks.ts'
import { detectBottlenecks } from '../observing/detection.ts'
import { excludeUnusableAgents, type UnusableAgent } from '../observing/unusable-agents.ts'
import { createSeededRandom } from '../statistics/random.ts'
import { rankStrategies } from './ranking.ts'
import { generateStrategies, type StrategyRequest } from './strategies/index.ts'
import { describeBottleneckSubject } from './strategies/opportunities.ts'

/** A cycle has no time for more; the next one finds the rest again. */
const strategiesPerCycle = 20

/** The input of a cycle's planning: plain data that can be sent to another thread. */
export interface PlanRequest extends Omit<StrategyRequest, 'bottlenecks' | 'now' | 'random'> {
  eligibility: EligibilityRecord
  /** The agents that strategies are planned for, as `selectPlannedAgents` chooses them; by default all. */
  planned?: readonly string[]
}

export interface CyclePlan {
  bottlenecks: Bottleneck[]
  /** Best first. */
  strategies: Strategy[]
  /** Agents and bottlenecks without a strategy, and why. */
  skipped: string[]
  /** Agents that are left out. */
  unusable: UnusableAgent[]
}

/**
 * The bottlenecks of the fleet and the strategies against them (B4–B7). The same request gives the same plan, including ids: the time
 * is that of the snapshot, and random numbers are seeded with its id. Figures that are too old count as not reported. Agents without a live instance, and those whose
 * data makes planning fail, are left out.
 * @throws the error of planning if it does not come from the data of single agents
 */
export function planCycle(fleet: PlanRequest): CyclePlan {
  const present = new Set(fleet.snapshot.agents.filter(hasLiveInstance).map(({ agentId }) => agentId))
  const { snapshot, pairs } = selectAgents(fleet, (id) => present.has(id))
  // Experience with agents that are gone still counts for others of their kind.
  const request = { ...fleet, snapshot, pairs }
  const agentIds = snapshot.agents.map(({ agentId }) => agentId)
  const { result, unusable } = excludeUnusableAgents(agentIds, (includes) => plan(selectAgents(request, includes)))
  return { ...result, unusable }
}

/** The part of a request that is about some of the agents. */
function selectAgents(request: PlanRequest, isWanted: (agentId: string) => boolean): PlanRequest {
  const { snapshot, experience, pairs } = request
  return {
    ...request,
    snapshot: { ...snapshot, agents: snapshot.agents.filter(({ agentId }) => isWanted(agentId)) },
    experience: experience.filter(({ agentId }) => isWanted(agentId)),
    pairs: pairs?.filter(({ fromAgent }) => isWanted(fromAgent)),
  }
}

function plan(request: PlanRequest): Omit<CyclePlan, 'unusable'> {
  const { thresholds, policy, eligibility } = request
  const snapshot = { ...request.snapshot, agents: request.snapshot.agents.map(omitOutdatedFigures) }
  const { objectives, catalogue, traits } = eligibility.fleet
  const agentIds = new Set(snapshot.agents.map(({ agentId }) => agentId))
  const bottlenecks = [
    ...detectBottlenecks(snapshot, thresholds, objectives, catalogue, request.bottleneckRules),
    ...detectAnomalyBottlenecks(request.anomalies ?? [], catalogue),
  ]
  const { first, others } = separateFirstAnomalies(bottlenecks)
  const planned = new Set(request.planned ?? snapshot.agents.map(({ agentId }) => agentId))
  const isPlanned = (agentId: string) => planned.has(agentId)
  const { strategies, skipped } = generateStrategies({
    ...request,
    snapshot: { ...snapshot, agents: snapshot.agents.filter(({ agentId }) => isPlanned(agentId)) },
    pairs: request.pairs?.filter(({ fromAgent }) => isPlanned(fromAgent)),
    bottlenecks: first.filter(({ affectedComponent: at }) => !agentIds.has(at) || isPlanned(at)),
    now: snapshot.takenAt,
    random: createSeededRandom(snapshot.id).uniform,
  })
  const aggressiveness = computeEffectiveAggressiveness({ policy, limits: eligibility.fleet.limits })
  const ranked = rankStrategies(strategies, { seed: snapshot.id, aggressiveness, traits })
  const beyond = ranked.slice(strategiesPerCycle)
  const waiting = snapshot.agents.filter(({ agentId }) => !isPlanned(agentId)).length
  return {
    bottlenecks,
    strategies: ranked.slice(0, strategiesPerCycle),
    skipped: [
      ...skipped.map(({ subject, reason }) => `${subject}: ${reason}`),
      ...others.map(
        ({ bottleneck, behind }) =>
          `${describeBottleneckSubject(bottleneck, catalogue)}: ${describeBottleneckSubject(behind, catalogue)} is the worse anomaly and comes first`,
      ),
      ...beyond.map(
        ({ agentId, actions }) => `${agentId} ${formatChanges(actions)}: ${strategiesPerCycle} better strategies come first`,
      ),
      ...(waiting > 0
        ? [`${waiting} other agents: a cycle plans for ${planned.size} agents, those with the worst bottlenecks first`]
        : []),
    ],
  }
}
