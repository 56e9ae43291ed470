import type { AgentProfile, FigureOrigin } from '../../../model/profile.ts'
import type { AgentReading, PairReading, Readings, TradeReading } from '../../../model/readings.ts'
import {
  computeValueLifetimeMs,
  maxValueLifetimeMs,
  minValueLifetimeMs,
  OriginCollector,
  rareReportLifetimeMs,
  summarizeTimes,
} from '../freshness.ts'
import { combineReportedMetrics } from './self-report.ts'

const ofExecutions = [
  'decisionCount',
  'successRate',
  'errorRate',
  'responseTime',
  'responseTimeP50',
  'responseTimeP90',
  'responseTimeP95',
  'responseTimeP99',
  'throughput',
] as const
const ofDecisions = ['adaptationScore', 'decisionAccuracy', 'actualResult', 'learningRate', 'alternatives'] as const
const ofTrades = ['tradesPerHour', 'profitableTrades', 'tradePredictionAccuracy'] as const
const ofGoals = ['goalProgressPrimary', 'goalProgressSecondary', 'goalProgressTactical'] as const
const ofMessages = ['messageCount', 'failedMessageCount', 'messageSuccessRate', 'messageLatencyMs'] as const
const ofNegotiations = ['coordinationScore', 'conflictResolutionTimeMs'] as const
const ofStanding = ['reputation', 'autonomy'] as const

/** The data that the figures of a profile were computed from, where there is a choice. Times are milliseconds since the epoch. */
export interface FigureBasis {
  confidence: 'decisions' | 'executions'
  progress: 'state' | 'portfolio' | 'none'
  /** When the progress was reported or booked. */
  progressAt: number | null
  /** When reputation or autonomy were given last; null if they are the defaults. */
  standingAt: number | null
  trades: readonly TradeReading[]
}

/** Source and age of each figure of a profile, and whether it is current. */
export function listFigureOrigins(
  profile: Omit<AgentProfile, 'origins'>,
  { database, communication = [], selfReport: reports = [], prometheus }: Readings & { agent: AgentReading },
  { confidence, progress, progressAt, standingAt, trades }: FigureBasis,
  now: number,
): FigureOrigin[] {
  const origins = new OriginCollector(now)
  const [executed] = database?.executions ?? []
  const executions = executed ?? summarizeTimes([])
  const decisions = summarizeTimes((database?.decisions ?? []).map(({ at }) => at))
  const lifetimeMs = { executions: computeValueLifetimeMs(executions), decisions: computeValueLifetimeMs(decisions) }

  if (executions.count > 0) origins.add('database', ofExecutions, profile, executions.newestAt, lifetimeMs.executions)
  for (const [name, at] of Object.entries(database?.recent[0]?.reportedAt ?? {}))
    origins.add('database', [name], profile.metrics, at, Math.max(rareReportLifetimeMs, lifetimeMs.executions))
  const usedForConfidence = confidence === 'decisions' ? decisions : executions
  origins.add('database', ['averageConfidence'], profile, usedForConfidence.newestAt, lifetimeMs[confidence])
  origins.add('database', ofDecisions, profile, decisions.newestAt, lifetimeMs.decisions)
  origins.add('database', ofTrades, profile, summarizeTimes(trades.map(({ at }) => at)).newestAt, maxValueLifetimeMs)

  origins.add('live-state', ofStanding, profile, standingAt, Number.POSITIVE_INFINITY)
  origins.add('live-state', ofGoals, profile, progressAt, rareReportLifetimeMs)
  const scored = ['goalProgress', 'performanceScore'] as const
  if (progress === 'state') origins.add('live-state', scored, profile, progressAt, rareReportLifetimeMs)
  else if (progress === 'portfolio') origins.add('database', scored, profile, progressAt, maxValueLifetimeMs)
  else origins.add('database', scored, profile, decisions.newestAt, lifetimeMs.decisions)

  if (communication.length > 0) {
    const negotiating = communication.filter(({ negotiatedAt }) => negotiatedAt !== null)
    const negotiatedAt = summarizeTimes(negotiating.map((pair) => pair.negotiatedAt!)).newestAt
    const messages = summarizeMessages(communication)
    origins.add('communication', ofMessages, profile, messages.newestAt, computeValueLifetimeMs(messages))
    origins.add('communication', ofNegotiations, profile, negotiatedAt, computeValueLifetimeMs(summarizeMessages(negotiating)))
  }

  const reportedAt = summarizeTimes(reports.map(({ at }) => at)).newestAt
  const reported: Record<string, unknown> = { ...profile.selfReport, ...combineReportedMetrics(reports) }
  origins.add('self-report', Object.keys(reported), reported, reportedAt, rareReportLifetimeMs)
  if (profile.metrics.resourceEfficiency === undefined)
    origins.add('self-report', ['resourceEfficiency'], profile, reportedAt, rareReportLifetimeMs)
  for (const { metric, value, at } of prometheus ?? [])
    origins.add('prometheus', [metric], { [metric]: value }, at, minValueLifetimeMs)
  return origins.list()
}

/** When messages were sent, over all pairs. */
const summarizeMessages = (pairs: readonly PairReading[]) => ({
  ...summarizeTimes(pairs.flatMap(({ at, since }) => [at, since])),
  count: pairs.reduce((sum, { messages }) => sum + messages, 0),
})
