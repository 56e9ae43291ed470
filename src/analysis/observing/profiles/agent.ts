import type { AgentProfile, SourceName, SourceStatus } from '../../../model/profile.ts'
import type { AgentReading, Readings } from '../../../model/readings.ts'
import { clamp } from '../../statistics/summaries.ts'
import { communicationMetrics } from './communication.ts'
import { decisionMetrics, executionMetrics } from './database.ts'
import { combinedSelfReport, resourceEfficiency } from './self-report.ts'
import { defaultAutonomy, defaultReputation, stateMetrics } from './state.ts'

/** Data older than the shortest time between two cycles says nothing about this one. */
const staleAfterMs = 5 * 60_000

/** The part of the readings that is about one agent. */
export type AgentReadings = Readings & { agent: AgentReading }

/**
 * Combines what all sources know of one agent (B2, C7). A source that did not answer leaves its figures null, or at the
 * defaults of C3, and is marked.
 * @param fleetProgress goal progress of the portfolio (C2), for agents that report none of their own
 */
export function agentProfile(readings: AgentReadings, fleetProgress: number | null, now: number): AgentProfile {
  const { agent, database, liveState, system, communication, selfReport: reports } = readings
  const executions = executionMetrics(database?.executions ?? [])
  const decisions = decisionMetrics(database?.decisions ?? [])
  const state = stateMetrics(liveState ?? [])
  const messages = communicationMetrics(communication ?? [])
  const selfReport = combinedSelfReport(reports ?? [])
  const reputation = state.reputation ?? defaultReputation
  const autonomy = state.autonomy ?? decisions.autonomy ?? defaultAutonomy
  const goalProgress = state.goalProgress ?? (fleetProgress === null ? null : clamp(fleetProgress, 0, 1))
  const newestExecutionAt = newestOf((database?.executions ?? []).map(({ at }) => at))
  return {
    agentId: agent.agentId,
    kind: agent.kind,
    instances: agent.instances,
    decisionCount: executions.decisionCount,
    successRate: executions.successRate,
    averageConfidence: decisions.confidence ?? executions.confidence,
    responseTime: executions.responseTime,
    responseTimeP50: executions.responseTimeP50,
    responseTimeP95: executions.responseTimeP95,
    errorRate: executions.errorRate,
    adaptationScore: decisions.adaptationScore,
    resourceEfficiency: resourceEfficiency(selfReport),
    goalProgress,
    reputation,
    autonomy,
    performanceScore: goalProgress === null ? decisions.performanceScore : (reputation + goalProgress + autonomy) / 3,
    ...messages,
    isRunning: agent.instances > 0 && state.isRunning !== false,
    lastExecutionAt: newestOf([state.lastExecutionAt, newestExecutionAt]),
    cycleCount: state.cycleCount,
    selfReport,
    configuration: agent.configuration,
    sources: [
      sourceStatus(
        'database',
        newestOf([newestExecutionAt, ...(database?.decisions ?? []).map(({ at }) => at)]),
        now,
        decisions.ignored,
      ),
      sourceStatus('live-state', liveState ? newestOf([agent.heartbeatAt, ...liveState.map(({ at }) => at)]) : null, now),
      sourceStatus('system', system?.at ?? null, now),
      sourceStatus('communication', newestOf((communication ?? []).map(({ at }) => at)), now),
      sourceStatus('self-report', newestOf((reports ?? []).map(({ at }) => at)), now),
    ],
  }
}

/**
 * Whether a source answered for a profile (C7).
 * @param newestAt when its newest data is from, ms since the epoch; null when it failed, was late or has none
 */
function sourceStatus(source: SourceName, newestAt: number | null, now: number, ignored = 0): SourceStatus {
  if (newestAt === null) return { source, state: 'missing', ageMs: null, ignored }
  const ageMs = Math.max(0, now - newestAt)
  return { source, state: ageMs > staleAfterMs ? 'stale' : 'fresh', ageMs, ignored }
}

/** The newest moment of all, null when there is none. */
function newestOf(moments: readonly (number | null | undefined)[]): number | null {
  const known = moments.filter((moment) => moment !== null && moment !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}
