import type { AgentProfile, SystemProfile } from '../../../model/profile.ts'
import type { Readings } from '../../../model/readings.ts'
import { meanIgnoringNulls, weightedMean } from '../../statistics/summaries.ts'
import { computeCommunicationMetrics } from './communication.ts'
import { computeDecisionMetrics } from './database.ts'
import { buildMarketProfile, type PortfolioGoal } from './market.ts'

/** The response time that B2 asks of an agent, milliseconds. */
const targetResponseTimeMs = 2_000

/** Weights of the overall score, over the parts that are known; they are this project's own, B4 gives only thresholds. */
const weights = { success: 0.3, responsiveness: 0.25, coordination: 0.2, performance: 0.15, confidence: 0.1 }

/**
 * Combines the host and the averages over all agents (B3, C4). Decisions and messages come from agents with current values of them.
 * @param agents those that are present, with their current values only
 */
export function buildSystemProfile(
  readings: Readings,
  agents: readonly AgentProfile[],
  goal: PortfolioGoal,
  now: number,
): SystemProfile {
  const { database, system, communication } = readings
  const having = (figure: keyof AgentProfile) =>
    new Set(agents.filter((agent) => agent[figure] !== null).map(({ agentId }) => agentId))
  const [deciding, messaging, negotiating] = [
    having('decisionAccuracy'),
    having('messageSuccessRate'),
    having('coordinationScore'),
  ]
  const messagesOf = (senders: ReadonlySet<string>) =>
    computeCommunicationMetrics((communication ?? []).filter(({ fromAgent }) => senders.has(fromAgent)))
  const negotiations = messagesOf(negotiating)
  const average = (metric: (agent: AgentProfile) => number | null) => meanIgnoringNulls(agents.map(metric))
  return {
    cpuPercent: system?.cpuPercent ?? null,
    memoryPercent: system?.memoryPercent ?? null,
    heapPercent: system?.heapPercent ?? null,
    networkBytesPerSecond: system?.networkBytesPerSecond ?? null,
    storagePercent: system?.storagePercent ?? null,
    uptimeSeconds: system?.uptimeSeconds ?? 0,
    runtimeVersion: system?.runtimeVersion ?? 'unknown',
    platform: system?.platform ?? 'unknown',
    decisionQuality: {
      averageConfidence: average((agent) => agent.averageConfidence),
      decisionSpeedMs: average((agent) => agent.responseTime),
      accuracyRate: computeDecisionMetrics((database?.decisions ?? []).filter(({ agentId }) => deciding.has(agentId)))
        .accuracyRate,
    },
    coordination: {
      messageLatencyMs: messagesOf(messaging).messageLatencyMs,
      conflictResolutionTimeMs: negotiations.conflictResolutionTimeMs,
      cooperationScore: negotiations.coordinationScore,
    },
    overallScore: computeOverallScore(agents),
    market: database ? buildMarketProfile(database, goal, now) : null,
  }
}

/**
 * The overall score of the fleet, 0–1: the weighted mean, over the known parts, of the agents' average success rate,
 * responsiveness (`min(1, 2000 ms / response time)`), coordination score, performance score (C3) and confidence.
 */
export function computeOverallScore(agents: readonly AgentProfile[]): number | null {
  const average = (metric: (agent: AgentProfile) => number | null) => meanIgnoringNulls(agents.map(metric))
  const parts: [score: number | null, weight: number][] = [
    [average((agent) => agent.successRate), weights.success],
    [average(responsiveness), weights.responsiveness],
    [average((agent) => agent.coordinationScore), weights.coordination],
    [average((agent) => agent.performanceScore), weights.performance],
    [average((agent) => agent.averageConfidence), weights.confidence],
  ]
  return weightedMean(parts.flatMap(([value, weight]) => (value === null ? [] : [{ value, weight }])))
}

function responsiveness({ responseTime }: AgentProfile): number | null {
  if (responseTime === null) return null
  return responseTime <= targetResponseTimeMs ? 1 : targetResponseTimeMs / responseTime
}
