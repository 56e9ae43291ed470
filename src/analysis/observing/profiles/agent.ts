import type { AgentProfile, SourceName, SourceStatus } from '../../../model/profile.ts'
import type { AgentReading, Readings } from '../../../model/readings.ts'
import { clamp } from '../../statistics/summaries.ts'
import { computeCommunicationMetrics } from './communication.ts'
import { computeDecisionMetrics, computeExecutionMetrics } from './database.ts'
import { combineSelfReports, computeResourceEfficiency } from './self-report.ts'
import { computeStateMetrics, defaultAutonomy, defaultReputation } from './state.ts'

/** Data older than the shortest time between two cycles says nothing about this one. */
const staleAfterMs = 5 * 60_000

/** The readings of one agent. */
export type AgentReadings = Readings & { agent: AgentReading }

/**
 * Combines the readings of all sources for one agent (B2, C7). The figures of a source that did not answer are null, or at the
 * defaults of C3, and the source is marked.
 * @param fleetProgress goal progress of the portfolio (C2), for agents that report none themselves
 */
export function buildAgentProfile(readings: AgentReadings, fleetProgress: number | null, now: number): AgentProfile {
  const { agent, database, liveState, system, communication, selfReport: reports } = readings
  const executions = computeExecutionMetrics(database?.executions ?? [], now, database?.recent[0])
  const decisions = computeDecisionMetrics(database?.decisions ?? [])
  const state = computeStateMetrics(liveState ?? [])
  const messages = computeCommunicationMetrics(communication ?? [])
  const selfReport = combineSelfReports(reports ?? [])
  const reputation = state.reputation ?? defaultReputation
  const autonomy = state.autonomy ?? decisions.autonomy ?? defaultAutonomy
  const goalProgress = state.goalProgress ?? (fleetProgress === null ? null : clamp(fleetProgress, 0, 1))
  const newestExecutionAt = latestTimestamp((database?.executions ?? []).map(({ at }) => at))
  return {
    agentId: agent.agentId,
    kind: agent.kind,
    instances: agent.instances,
    decisionCount: executions.decisionCount,
    successRate: executions.successRate,
    averageConfidence: decisions.confidence ?? executions.confidence,
    responseTime: executions.responseTime,
    responseTimeP50: executions.responseTimeP50,
    responseTimeP90: executions.responseTimeP90,
    responseTimeP95: executions.responseTimeP95,
    responseTimeP99: executions.responseTimeP99,
    errorRate: executions.errorRate,
    throughput: executions.throughput,
    adaptationScore: decisions.adaptationScore,
    resourceEfficiency: executions.metrics.resourceEfficiency ?? computeResourceEfficiency(selfReport),
    goalProgress,
    reputation,
    autonomy,
    performanceScore: goalProgress === null ? decisions.performanceScore : (reputation + goalProgress + autonomy) / 3,
    ...messages,
    isRunning: agent.instances > 0 && state.isRunning !== false,
    lastExecutionAt: latestTimestamp([state.lastExecutionAt, newestExecutionAt]),
    cycleCount: state.cycleCount,
    metrics: executions.metrics,
    plausible: executions.plausible,
    selfReport,
    configuration: agent.configuration,
    sources: [
      determineSourceStatus(
        'database',
        latestTimestamp([newestExecutionAt, ...(database?.decisions ?? []).map(({ at }) => at)]),
        now,
        decisions.ignored,
      ),
      determineSourceStatus(
        'live-state',
        liveState ? latestTimestamp([agent.heartbeatAt, ...liveState.map(({ at }) => at)]) : null,
        now,
      ),
      determineSourceStatus('system', system?.at ?? null, now),
      determineSourceStatus('communication', latestTimestamp((communication ?? []).map(({ at }) => at)), now),
      determineSourceStatus('self-report', latestTimestamp((reports ?? []).map(({ at }) => at)), now),
    ],
  }
}

/**
 * Whether a source answered for a profile (C7).
 * @param newestAt the time of its newest data, milliseconds since the epoch; null if it failed, was late or has none
 */
function determineSourceStatus(source: SourceName, newestAt: number | null, now: number, ignored = 0): SourceStatus {
  if (newestAt === null) return { source, state: 'missing', ageMs: null, ignored }
  const ageMs = Math.max(0, now - newestAt)
  return { source, state: ageMs > staleAfterMs ? 'stale' : 'fresh', ageMs, ignored }
}

/** The latest of these times; null if there is none. */
function latestTimestamp(moments: readonly (number | null | undefined)[]): number | null {
  const known = moments.filter((moment) => moment !== null && moment !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}
