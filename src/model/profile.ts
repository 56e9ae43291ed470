import type { KnobValues } from './knob.ts'

/** The five sources of document 002, in its order. */
export type SourceName = 'database' | 'live-state' | 'system' | 'communication' | 'self-report'

/** Whether a source answered for this profile, and how old its newest data is. */
export interface SourceStatus {
  source: SourceName
  state: 'fresh' | 'stale' | 'missing'
  ageMs: number | null
  /** Number of unusable values in the source, such as text where a number belongs. */
  ignored: number
}

/**
 * Everything known about one agent at one moment, from all five sources (B2, C7).
 * Rates and scores are ratios 0–1, times are milliseconds; null means that no source reported it.
 */
export interface AgentProfile {
  agentId: string
  kind: string
  instances: number
  decisionCount: number
  successRate: number | null
  averageConfidence: number | null
  /** Mean execution time of the newest executions, ms. */
  responseTime: number | null
  /** Median and 95th percentile of the same executions, ms. */
  responseTimeP50: number | null
  responseTimeP95: number | null
  errorRate: number | null
  adaptationScore: number | null
  coordinationScore: number | null
  resourceEfficiency: number | null
  goalProgress: number | null
  reputation: number
  autonomy: number
  performanceScore: number | null
  messageLatencyMs: number | null
  messageSuccessRate: number | null
  messageCount: number
  conflictResolutionTimeMs: number | null
  isRunning: boolean
  lastExecutionAt: number | null
  cycleCount: number | null
  selfReport: SelfReportMetrics | null
  configuration: { version: number; values: KnobValues }
  sources: SourceStatus[]
}

/** Source 5 (C6), as an agent reported it. */
export interface SelfReportMetrics {
  sourcesQueried?: number
  signalsGenerated?: number
  avgConfidence?: number
  successRate?: number
  avgResponseTime?: number
  apiCallsUsed?: number
  cacheHitRate?: number
}

/** Source 3 (C4) and the averages over all agents (B3). Percentages 0–100. */
export interface SystemProfile {
  cpuPercent: number | null
  memoryPercent: number | null
  /** Used share of this process's heap. */
  heapPercent: number | null
  /** Bytes per second, in plus out. */
  networkBytesPerSecond: number | null
  storagePercent: number | null
  uptimeSeconds: number
  runtimeVersion: string
  platform: string
  decisionQuality: { averageConfidence: number | null; decisionSpeedMs: number | null; accuracyRate: number | null }
  coordination: { messageLatencyMs: number | null; conflictResolutionTimeMs: number | null; cooperationScore: number | null }
  /** Overall score 0–1 (B4 `system_performance`). */
  overallScore: number | null
  market: MarketProfile | null
}

/** Context from `market_data`, `portfolio_history` and `trades` (C2). Ratios unless stated otherwise. */
export interface MarketProfile {
  /** Standard deviation of the price's relative changes, percent. */
  volatility: number | null
  portfolioGrowth: number | null
  goalProgress: number | null
  /** Share of the portfolio's value that is invested. */
  capitalDeployed: number | null
  tradesPerHour: number | null
  profitableTrades: number | null
  /** Share of trades for which profit or loss was predicted correctly. */
  predictionAccuracy: number | null
}

/** The data gathered by one `collect`. Stored as a whole; workflows carry only its id and a summary. */
export interface Snapshot {
  id: string
  takenAt: number
  agents: AgentProfile[]
  system: SystemProfile
}
