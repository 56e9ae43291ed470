import { z } from 'zod'
import { knobValuesSchema } from './knob.ts'

/** The five sources of document 002, in its order, and Prometheus if it is configured. */
export const sourceNameSchema = z.enum(['database', 'live-state', 'system', 'communication', 'self-report', 'prometheus'])
export type SourceName = z.infer<typeof sourceNameSchema>

/** Whether a source responded for this profile, and how old its newest data is. */
export const sourceStatusSchema = z.object({
  source: sourceNameSchema,
  state: z.enum(['fresh', 'stale', 'missing']),
  ageMs: z.number().nullable(),
  ignored: z.int().describe('Number of unusable values in the source, such as text where a number belongs'),
})
export type SourceStatus = z.infer<typeof sourceStatusSchema>

/** Source 5 (C6), as an agent reported it. */
export const selfReportMetricsSchema = z
  .object({
    decisionCount: z.number(),
    sourcesQueried: z.number(),
    signalsGenerated: z.number(),
    avgConfidence: z.number(),
    successRate: z.number(),
    avgResponseTime: z.number(),
    apiCallsUsed: z.number(),
    cacheHitRate: z.number(),
    operationTimes: z.record(z.string(), z.number()).describe('Mean time of each operation of the agent, milliseconds, by name'),
  })
  .partial()
export type SelfReportMetrics = z.infer<typeof selfReportMetricsSchema>

const measured = z.number().nullable()

/** The data from which the success of trades is computed (C2): document 002 records neither profits nor predictions. */
export const tradeBasisSchema = z.object({
  recorded: z.int().describe('Trades with a recorded `actual_profit_usd`'),
  averageCost: z.int().describe('Sales whose profit is computed at the average cost of the purchases'),
  uncosted: z.int().describe('Sales without a result, because no purchase of what was sold is known'),
  predicted: z.int().describe('Results with a recorded `predicted_profit_usd`'),
  decided: z.int().describe('Results whose prediction is `outcome.success` of the decision before the sale'),
  unpredicted: z.int().describe('Results without a prediction'),
})
export type TradeBasis = z.infer<typeof tradeBasisSchema>

/** Where some values of a profile come from. */
export const figureOriginSchema = z.object({
  source: sourceNameSchema,
  ageMs: z.number().nullable().describe('Age of the latest data from which the values are computed; null for a default value'),
  isCurrent: z.boolean().describe('Whether the data is recent enough to be acted on; older values are only shown'),
  figures: z.array(z.string()),
})
export type FigureOrigin = z.infer<typeof figureOriginSchema>

/**
 * Everything known about one agent at one moment, from all five sources (B2, C7).
 * Rates and scores are ratios 0–1, times are milliseconds; null means that no source reported it.
 */
export const agentProfileSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  instances: z.int(),
  decisionCount: z.int(),
  successRate: measured,
  averageConfidence: measured,
  responseTime: measured.describe('Mean execution time of the latest executions, milliseconds'),
  responseTimeP50: measured.describe('Median of the latest executions within 10 minutes, 50 to 300 of them, milliseconds'),
  responseTimeP90: measured.describe('90th percentile of the same executions, milliseconds'),
  responseTimeP95: measured.describe('95th percentile of the same executions, milliseconds'),
  responseTimeP99: measured.describe('99th percentile of the same executions, milliseconds'),
  errorRate: measured,
  throughput: measured.describe('Successful executions per minute'),
  adaptationScore: measured,
  decisionAccuracy: measured.describe('Share of the latest decisions whose outcome was a success'),
  actualResult: measured.describe('Mean of the results that decisions report, in the unit of the agent'),
  learningRate: measured,
  alternatives: measured.describe('Mean number of alternatives weighed per decision'),
  riskAssessment: z.record(z.string(), z.int()).describe('Number of the latest decisions for each risk that they state'),
  recentDecisions: z
    .array(z.object({ at: z.number(), type: z.string(), confidence: measured, success: z.boolean().nullable() }))
    .describe('The five latest decisions, newest first'),
  successHistory: z.array(z.boolean()).describe('Whether the twenty latest executions succeeded, newest first'),
  coordinationScore: measured,
  resourceEfficiency: measured,
  goalProgress: measured.describe('Overall progress'),
  goalProgressPrimary: measured,
  goalProgressSecondary: measured,
  goalProgressTactical: measured,
  reputation: z.number(),
  autonomy: z.number(),
  performanceScore: measured,
  messageLatencyMs: measured,
  messageSuccessRate: measured,
  messageCount: z.int().describe('Messages sent within the last 10 minutes'),
  failedMessageCount: z.int().describe('Messages that did not arrive'),
  conflictResolutionTimeMs: measured,
  tradesPerHour: measured.describe('Trades per hour that the agent executed, over the last 24 hours'),
  profitableTrades: measured.describe('Share of these trades that made a profit, among those with a known result'),
  tradePredictionAccuracy: measured.describe('Share of these trades whose profit or loss was predicted correctly'),
  tradeBasis: tradeBasisSchema
    .nullish()
    .describe('The data from which `profitableTrades` and `predictionAccuracy` are computed; null if there are no trades'),
  isRunning: z.boolean(),
  lastExecutionAt: measured.describe('Time of the last execution, milliseconds since the epoch'),
  cycleCount: measured,
  metrics: z
    .record(z.string(), z.number())
    .describe(
      'Means of other metrics of executions, such as `costUsd`, by name; each is computed from the latest executions of the last hour that report it',
    ),
  plausible: z
    .record(z.string(), z.object({ low: z.number().optional(), high: z.number().optional() }))
    .optional()
    .describe(
      'Range of the true value of each execution metric, allowing for chance, by name; each end is correct with a probability of 99%',
    ),
  selfReport: selfReportMetricsSchema.nullable(),
  configuration: z.object({ version: z.int(), values: knobValuesSchema }),
  sources: z.array(sourceStatusSchema),
  origins: z.array(figureOriginSchema).describe('Source and age of the values'),
})
export type AgentProfile = z.infer<typeof agentProfileSchema>

/** The value of a metric in a profile; undefined if nobody reported it. */
export function findAgentProfileValue(name: string, profile: AgentProfile): number | undefined {
  // A snapshot of an earlier release has no `metrics`.
  const { metrics = {}, selfReport } = profile as Partial<AgentProfile>
  const value = profile[name as keyof AgentProfile] ?? metrics[name] ?? selfReport?.[name as keyof typeof selfReport]
  return typeof value === 'number' ? value : undefined
}

/** Context from `market_data`, `portfolio_history` and `trades` (C2). Ratios unless stated otherwise. */
export const marketProfileSchema = z.object({
  volatility: measured.describe('Standard deviation of the relative changes between the latest 100 prices, percent'),
  portfolioGrowth: measured,
  goalProgress: measured.describe(
    'Progress of the portfolio toward its target; above 1 once it exceeds the target, negative below its start',
  ),
  capitalDeployed: measured.describe('Share of the portfolio’s value that is invested'),
  tradesPerHour: measured.describe('Trades per hour of all agents, over the last 24 hours'),
  profitableTrades: measured,
  predictionAccuracy: measured.describe('Share of trades for which profit or loss was predicted correctly'),
  tradeBasis: tradeBasisSchema
    .nullish()
    .describe('The data from which `profitableTrades` and `predictionAccuracy` are computed; null if there are no trades'),
  volume24h: measured.describe('Trading volume of the last 24 hours, USD'),
  priceChange24h: measured.describe('Price change over the last 24 hours, percent'),
  fearGreedIndex: measured.describe('0 (fear) to 100 (greed)'),
  marketAgeMs: measured.describe('Age of the latest market data, milliseconds'),
  portfolioAgeMs: measured.describe('Age of the portfolio, milliseconds'),
})
export type MarketProfile = z.infer<typeof marketProfileSchema>

/** Source 3 (C4) and the averages over all agents (B3). Percentages 0–100. */
export const systemProfileSchema = z.object({
  cpuPercent: measured,
  memoryPercent: measured,
  heapPercent: measured.describe('Heap usage of the worker'),
  networkBytesPerSecond: measured.describe('In plus out'),
  storagePercent: measured,
  uptimeSeconds: z.number().describe('Of the worker'),
  runtimeVersion: z.string(),
  platform: z.string(),
  decisionQuality: z.object({ averageConfidence: measured, decisionSpeedMs: measured, accuracyRate: measured }),
  coordination: z.object({ messageLatencyMs: measured, conflictResolutionTimeMs: measured, cooperationScore: measured }),
  overallScore: measured.describe('0 to 1'),
  market: marketProfileSchema.nullable().describe('Null if nothing was recorded'),
})
export type SystemProfile = z.infer<typeof systemProfileSchema>

/** Whether an agent has a live instance; one that has none is neither judged nor optimized. */
export const hasLiveInstance = ({ instances }: Pick<AgentProfile, 'instances'>) => instances > 0

/** Profiles of some agents, taken at one time, milliseconds since the epoch. */
export interface ObservedProfiles {
  takenAt: number
  agents: AgentProfile[]
}

/** The data gathered by one `collect`, of all agents. Workflows carry only its id and a summary. */
export interface Snapshot extends ObservedProfiles {
  id: string
  system: SystemProfile
}
