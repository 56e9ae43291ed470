import { omitOutdatedFigures } from '../../../model/current-figures.ts'
import { type AgentProfile, hasLiveInstance, type SystemProfile } from '../../../model/profile.ts'
import type { AgentReading, Readings } from '../../../model/readings.ts'
import { buildAgentProfile } from './agent.ts'
import { buildMarketProfile, type PortfolioGoal } from './market.ts'
import { buildSystemProfile } from './system.ts'

/**
 * Combines the readings of all sources into one profile for each agent and one for the system, which is that of the agents with a live
 * instance (C7).
 * @param onUnusable called with an agent whose readings cannot be combined, which then has no profile; without it, that is an error
 */
export function combineProfiles(
  agents: readonly AgentReading[],
  readings: Readings,
  { goal, now, onUnusable }: { goal: PortfolioGoal; now: number; onUnusable?: (agentId: string, error: unknown) => void },
): { agents: AgentProfile[]; system: SystemProfile } {
  const market = readings.database ? buildMarketProfile(readings.database, goal, now) : null
  const booked = readings.database?.portfolio
  const fleetProgress = booked && market?.goalProgress != null ? { value: market.goalProgress, at: booked.at } : null
  const partOf = byAgent(readings)
  const profiles = agents.flatMap((agent) => {
    try {
      return [buildAgentProfile({ agent, ...partOf(agent.agentId) }, fleetProgress, now)]
    } catch (error) {
      if (!onUnusable) throw error
      onUnusable(agent.agentId, error)
      return []
    }
  })
  const present = profiles.filter(hasLiveInstance).map(omitOutdatedFigures)
  return { agents: profiles, system: buildSystemProfile(readings, present, goal, now) }
}

/** Grouping once keeps this linear in the number of readings. */
function byAgent({
  database,
  liveState,
  system,
  communication,
  selfReport,
  prometheus,
}: Readings): (agentId: string) => Readings {
  const executions = database && Map.groupBy(database.executions, ({ agentId }) => agentId)
  const recent = database && Map.groupBy(database.recent, ({ agentId }) => agentId)
  const decisions = database && Map.groupBy(database.decisions, ({ agentId }) => agentId)
  const states = liveState && Map.groupBy(liveState, ({ agentId }) => agentId)
  const pairs = communication && Map.groupBy(communication, ({ fromAgent }) => fromAgent)
  const queried = prometheus && Map.groupBy(prometheus, ({ agentId }) => agentId)
  const reports = selfReport && Map.groupBy(selfReport, ({ agentId }) => agentId)
  return (agentId) => ({
    database: database && {
      portfolio: database.portfolio,
      trades: database.trades,
      market: database.market,
      executions: executions!.get(agentId) ?? [],
      recent: recent!.get(agentId) ?? [],
      decisions: decisions!.get(agentId) ?? [],
    },
    liveState: states && (states.get(agentId) ?? []),
    system,
    communication: pairs && (pairs.get(agentId) ?? []),
    selfReport: reports && (reports.get(agentId) ?? []),
    prometheus: queried && (queried.get(agentId) ?? []),
  })
}
