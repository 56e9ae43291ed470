import type { Generated, GeneratedAlways } from 'kysely'
import type { ExecutionInFlight, ReportResponse } from '../../messaging/protocol.ts'
import type { ComponentKind, ComponentStatus } from '../../model/component.ts'
import type { ImportedTable, MarketSubject } from '../../model/import-mapping.ts'
import type { MetricValues } from '../../model/metric-value.ts'
import type { GeneratedJson, Json, NullableJson } from './columns.ts'

export interface AgentExecutions {
  id: Generated<string>
  timestamp: Generated<Date>
  agentName: string
  executionType: string
  inputData: NullableJson<unknown>
  outputData: NullableJson<unknown>
  success: Generated<boolean>
  executionTimeMs: number | null
  errorMessage: string | null
  instanceId: string | null
  configurationVersion: number | null
  metrics: NullableJson<Record<string, number>>
  scoredAt: Generated<Date | null>
  /** The metrics that came later than the report of the execution. */
  scoredMetrics: Generated<string[] | null>
  /** Not null in executions that came as spans: whether tokens and cost are those that the span itself reports. */
  ownUsage: boolean | null
  /** Metrics that nothing is added to; null if there are none, or if `ownUsage` says it for all, as earlier versions stored it. */
  settledMetrics: NullableJson<string[]>
  /** Whether the agent did not report the version, so that it is the one that the instance should have run with. */
  versionAssumed: boolean | null
  errored: GeneratedAlways<boolean>
  confidence: GeneratedAlways<number | null>
}

export interface ExecutionsInFlightTable {
  agentId: string
  instanceId: string
  reportedAt: Date
  executions: Json<ExecutionInFlight[]>
}

export interface ReportBatches {
  agentId: string
  batchId: string
  receivedAt: Generated<Date>
  answer: NullableJson<ReportResponse>
}

export interface AgentDecisions {
  id: Generated<string>
  timestamp: Generated<Date>
  agent: string
  type: string
  context: GeneratedJson<unknown>
  reasoning: GeneratedJson<unknown>
  outcome: GeneratedJson<unknown>
  agentState: GeneratedJson<unknown>
  system: GeneratedJson<unknown>
  feedback: GeneratedJson<unknown>
}

export interface AgentMessages {
  id: Generated<string>
  timestamp: Generated<Date>
  fromAgent: string
  toAgent: string
  type: string
  latencyMs: number | null
  delivered: boolean
  agreed: boolean | null
  conflictResolutionMs: number | null
  instanceId: string | null
  configurationVersion: number | null
}

export interface AgentStates {
  timestamp: Generated<Date>
  agentId: string
  instanceId: string | null
  reputation: number | null
  autonomy: number | null
  goalPrimary: number | null
  goalSecondary: number | null
  goalTactical: number | null
  goalOverall: number | null
  isRunning: boolean | null
  lastExecutionAt: Date | null
  cycleCount: number | null
}

export interface AgentSelfReports {
  timestamp: Generated<Date>
  agentId: string
  instanceId: string | null
  decisionCount: number | null
  sourcesQueried: number | null
  signalsGenerated: number | null
  avgConfidence: number | null
  successRate: number | null
  avgResponseTime: number | null
  apiCallsUsed: number | null
  cacheHitRate: number | null
  operationTimes: NullableJson<Record<string, number>>
  /** Values of declared metrics that the instance sends by themselves, by name. */
  metrics: NullableJson<MetricValues>
}

export interface Portfolio {
  id: number
  btcBalance: number
  usdBalance: number
  lastUpdated: Date
}

export interface PortfolioHistory {
  id: GeneratedAlways<number>
  timestamp: Generated<Date>
  btcBalance: number
  usdBalance: number
  btcPriceUsd: number
  totalValueUsd: number
  importKey: string | null
}

export interface Trades {
  id: GeneratedAlways<number>
  timestamp: Generated<Date>
  tradeType: 'BUY' | 'SELL'
  amountBtc: number
  priceUsd: number
  totalUsd: number
  agentDecisionReason: string | null
  executedBy: string | null
  predictedProfitUsd: number | null
  actualProfitUsd: number | null
  importKey: string | null
}

export interface MarketData {
  id: GeneratedAlways<number>
  timestamp: Generated<Date>
  priceUsd: number
  volume24h: number | null
  priceChange24h: number | null
  fearGreedIndex: number | null
  importKey: string | null
}

export interface TableMapping {
  agents: Record<string, string>
  /** Column here → column of the other database. */
  columns: Record<string, string>
}

export interface Imports {
  source: string
  tableName: string
  lastKey: string
  digest: string
  /** The mapping with which the rows up to there were read; null in places that earlier versions stored. */
  readWith: NullableJson<TableMapping>
  taken: number
  refused: number
  updatedAt: Generated<Date>
}

export interface IncompleteRows {
  source: string
  tableName: ImportedTable
  id: string
  rowKey: string
  digest: string
  timestamp: Date
  missing: string[]
}

export interface MarketSources {
  subject: MarketSubject
  database: string
}

export interface ExternalDatabases {
  name: string
  readUntil: Date
  readAt: Date | null
  problem: string | null
}

export interface SystemMetrics {
  timestamp: Generated<Date>
  component: string
  cpuPercent: number | null
  memoryPercent: number | null
  heapPercent: number | null
  networkBytesPerSecond: number | null
  storagePercent: number | null
  uptimeSeconds: number | null
  runtimeVersion: string | null
  platform: string | null
  others: GeneratedJson<Record<string, number>>
}

export interface Components {
  component: string
  kind: ComponentKind
  agentId: string | null
  seenAt: Date
  metrics: Json<MetricValues>
  status: ComponentStatus | null
}

export interface MonitoringGaps {
  component: string
  since: Date
  until: Date
}

export interface ObservationTables {
  agentExecutions: AgentExecutions
  executionsInFlight: ExecutionsInFlightTable
  reportBatches: ReportBatches
  agentDecisions: AgentDecisions
  agentMessages: AgentMessages
  agentState: AgentStates
  agentSelfReports: AgentSelfReports
  portfolio: Portfolio
  portfolioHistory: PortfolioHistory
  trades: Trades
  marketData: MarketData
  systemMetrics: SystemMetrics
  components: Components
  imports: Imports
  incompleteRows: IncompleteRows
  marketSources: MarketSources
  externalDatabases: ExternalDatabases
  monitoringGaps: MonitoringGaps
}
