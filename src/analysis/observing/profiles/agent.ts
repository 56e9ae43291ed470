import type { AgentProfile, SourceName, SourceStatus } from '../../../model/profile.ts'
import type { AgentReading, Readings } from '../../../model/readings.ts'
import { clamp } from '../../statistics/summaries.ts'
import { computeCommunicationMetrics } from './communication.ts'
import { computeDecisionMetrics, computeExecutionMetrics } from './database.ts'
import { listFigureOrigins } from './origins.ts'
import { combineReportedMetrics, combineSelfReports, computeResourceEfficiency } from './self-report.ts'
import { computeStateMetrics, defaultAutonomy, defaultReputation } from './state.ts'
import { computeTradeMetrics, selectAgentTrades } from './trades.ts'

/** A source whose newest data is older than this is marked: the shortest time between two cycles by default. */
const staleAfterMs = 5 * 60_000

/** The readings of one agent. */
export type AgentProfileInput = Readings & { agent: AgentReading }

/** Goal progress of the portfolio (C2), and when that was booked, milliseconds since the epoch. */
export interface FleetProgress {
  value: number
  at: number
}

/**
 * Combines the readings of all sources for one agent (B2, C7). The values from a source that did not respond are null, or the
 * defaults of C3, and the source is marked. The performance score is `(reputation + goal progress + autonomy) / 3` (C3). The progress of a
 * portfolio beyond its target, or below its start, is 1 or 0 for an agent.
 * @param fleetProgress for agents that report none themselves
 */
export function buildAgentProfile(readings: AgentProfileInput, fleetProgress: FleetProgress | null, now: number): AgentProfile {
  const { agent, database, liveState, system, communication, selfReport: reports, prometheus } = readings
  const executed = computeExecutionMetrics(database?.executions[0], now, database?.recent[0])
  const queried = Object.fromEntries((prometheus ?? []).map(({ metric, value }) => [metric, value]))
  const decided = computeDecisionMetrics(database?.decisions ?? [])
  const state = computeStateMetrics(liveState ?? [])
  const messages = computeCommunicationMetrics(communication ?? [])
  const selfReport = combineSelfReports(reports ?? [])
  const trades = selectAgentTrades(agent.agentId, database?.trades ?? [])
  const traded = computeTradeMetrics(trades)
  const reputation = state.reputation ?? defaultReputation
  const autonomy = state.autonomy ?? decided.autonomy ?? defaultAutonomy
  const goalProgress = state.goalProgress ?? (fleetProgress && clamp(fleetProgress.value, 0, 1))
  const newestExecutionAt = database?.executions[0]?.newestAt ?? null
  const newestDecisionAt = latestTimestamp((database?.decisions ?? []).map(({ at }) => at))
  // Each figure by name: spreading objects into one of this size takes longer, which counts for ten thousand agents.
  const profile: AgentProfile = {
    agentId: agent.agentId,
    kind: agent.kind,
    instances: agent.instances,
    decisionCount: executed.decisionCount,
    successHistory: executed.successHistory,
    successRate: executed.successRate,
    errorRate: executed.errorRate,
    responseTime: executed.responseTime,
    responseTimeP50: executed.responseTimeP50,
    responseTimeP90: executed.responseTimeP90,
    responseTimeP95: executed.responseTimeP95,
    responseTimeP99: executed.responseTimeP99,
    throughput: executed.throughput,
    metrics: { ...executed.metrics, ...combineReportedMetrics(reports ?? []), ...queried },
    plausible: executed.plausible,
    averageConfidence: decided.confidence ?? executed.confidence,
    adaptationScore: decided.adaptationScore,
    decisionAccuracy: decided.accuracyRate,
    actualResult: decided.actualResult,
    learningRate: decided.learningRate,
    alternatives: decided.alternatives,
    riskAssessment: decided.riskAssessment,
    recentDecisions: decided.recent,
    resourceEfficiency: executed.metrics.resourceEfficiency ?? computeResourceEfficiency(selfReport),
    reputation,
    autonomy,
    goalProgressPrimary: state.goalProgressPrimary,
    goalProgressSecondary: state.goalProgressSecondary,
    goalProgressTactical: state.goalProgressTactical,
    goalProgress,
    cycleCount: state.cycleCount,
    performanceScore: goalProgress === null ? decided.performanceScore : (reputation + goalProgress + autonomy) / 3,
    messageCount: messages.messageCount,
    failedMessageCount: messages.failedMessageCount,
    messageSuccessRate: messages.messageSuccessRate,
    messageLatencyMs: messages.messageLatencyMs,
    conflictResolutionTimeMs: messages.conflictResolutionTimeMs,
    coordinationScore: messages.coordinationScore,
    tradesPerHour: traded.tradesPerHour,
    profitableTrades: traded.profitableTrades,
    tradePredictionAccuracy: traded.tradePredictionAccuracy,
    tradeBasis: traded.tradeBasis,
    isRunning: agent.instances > 0 && state.isRunning !== false,
    lastExecutionAt: latestTimestamp([state.lastExecutionAt, newestExecutionAt]),
    selfReport,
    configuration: agent.configuration,
    sources: [
      determineSourceStatus('database', latestTimestamp([newestExecutionAt, newestDecisionAt]), now, decided.ignored),
      determineSourceStatus(
        'live-state',
        liveState ? latestTimestamp([agent.heartbeatAt, ...liveState.map(({ at }) => at)]) : null,
        now,
      ),
      determineSourceStatus('system', system?.at ?? null, now),
      determineSourceStatus('communication', latestTimestamp((communication ?? []).map(({ at }) => at)), now),
      determineSourceStatus('self-report', latestTimestamp((reports ?? []).map(({ at }) => at)), now),
      ...(prometheus === undefined
        ? []
        : [determineSourceStatus('prometheus', latestTimestamp(prometheus.map(({ at }) => at)), now)]),
    ],
    origins: [],
  }
  const isReported = state.goalProgress !== null
  profile.origins = listFigureOrigins(
    profile,
    readings,
    {
      confidence: decided.confidence === null ? 'executions' : 'decisions',
      progress: isReported ? 'state' : fleetProgress ? 'portfolio' : 'none',
      progressAt: isReported ? state.progressAt : (fleetProgress?.at ?? null),
      standingAt: state.standingAt,
      trades,
    },
    now,
  )
  return profile
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
