import { findExternalCause } from '../../model/anomaly.ts'
import { getBottleneckMetric, severityRank } from '../../model/bottleneck.ts'
import { omitOutdatedFigures } from '../../model/current-figures.ts'
import { type AgentProfile, hasLiveInstance } from '../../model/profile.ts'
import { buildFacts, findAgentReasons } from '../eligibility/index.ts'
import { detectAnomalyBottlenecks, separateFirstAnomalies } from '../observing/anomaly-bottlenecks.ts'
import { detectBottlenecks } from '../observing/detection.ts'
import { weighMetric } from '../policy/traits.ts'
import { createSeededRandom } from '../statistics/random.ts'
import type { PlanRequest } from './plan-cycle.ts'

/** Maximum number of agents that a cycle plans for: each takes tens of milliseconds, and a cycle has no time for more than twenty strategies. */
export const agentsPerCycle = 40

/**
 * The agents that a cycle plans for: of those that may be tried now, the ones with the worst bottlenecks, taking similar ones in turn.
 * Others are included only if there is room, so that the plan can say why nothing is tried on them.
 */
export function selectPlannedAgents(request: Omit<PlanRequest, 'history' | 'planned'>): string[] {
  const { snapshot, thresholds, bottleneckRules, knobs, policy, eligibility } = request
  const present = snapshot.agents.filter(hasLiveInstance).map(omitOutdatedFigures)
  if (present.length <= agentsPerCycle) return present.map(({ agentId }) => agentId)
  const { objectives, catalogue, traits } = eligibility.fleet
  const { anomalies = [] } = request
  const unusual = separateFirstAnomalies(detectAnomalyBottlenecks(anomalies, catalogue)).first
  const bottlenecks = [
    ...detectBottlenecks({ ...snapshot, agents: present }, thresholds, objectives, catalogue, bottleneckRules),
    ...unusual,
    // The cause of an anomaly elsewhere is just as urgent.
    ...unusual.flatMap((bottleneck) => {
      const cause = anomalies.find((each) => each.component === bottleneck.affectedComponent && each.metric === bottleneck.metric)
      const foreign = cause && findExternalCause(cause)
      return foreign ? [{ ...bottleneck, affectedComponent: foreign.component }] : []
    }),
  ]
  const urgency = new Map<string, number>()
  for (const bottleneck of bottlenecks) {
    const { affectedComponent: id, severity } = bottleneck
    // An impact tells apart what is equally severe.
    const impact = bottleneck.impact * weighMetric(traits, getBottleneckMetric(bottleneck))
    const value = severityRank[severity] + impact / (1 + impact)
    urgency.set(id, Math.max(value, urgency.get(id) ?? 0))
  }
  const random = createSeededRandom(snapshot.id)
  const byUrgency = present
    .map((agent) => ({ agent, urgency: urgency.get(agent.agentId) ?? 0, turn: random.uniform() }))
    .sort((a, b) => b.urgency - a.urgency || a.turn - b.turn)
    .map(({ agent }) => agent)
  const trials = Map.groupBy(request.experience, ({ agentId }) => agentId)
  const mayBeTried = ({ agentId, kind, instances, decisionCount, configuration }: AgentProfile) => {
    if (eligibility.agents[agentId]?.lockedBy) return false
    const agent = {
      agentId,
      kind,
      liveInstances: instances,
      executions: decisionCount,
      knobs: knobs[agentId] ?? [],
      values: configuration.values,
      trials: trials.get(agentId) ?? [],
      // Whether its load shifted is not known before its past is loaded; the planner decides then.
      lastShiftAt: () => snapshot.takenAt,
    }
    return findAgentReasons(buildFacts(eligibility, agent, { now: snapshot.takenAt, policy }), 'planning').length === 0
  }
  const [chosen, others]: [string[], string[]] = [[], []]
  for (const agent of byUrgency) {
    if (chosen.length === agentsPerCycle) break
    ;(mayBeTried(agent) ? chosen : others).push(agent.agentId)
  }
  return [...chosen, ...others.slice(0, agentsPerCycle - chosen.length)]
}
