/** Readings of the five sources, before they are combined into profiles. Times are milliseconds since the epoch. */
import type { KnobValues } from './knob.ts'
import type { MetricName, Ratio } from './metric.ts'
import type { MetricValues } from './metric-value.ts'
import type { SelfReportMetrics } from './profile.ts'

/** An agent to profile. */
export interface AgentReading {
  agentId: string
  kind: string
  /** Instances with a recent heartbeat. */
  instances: number
  heartbeatAt: number | null
  configuration: { version: number; values: KnobValues }
}

export interface ExecutionReading {
  agentId: string
  at: number
  success: boolean
  durationMs: number | null
  errored: boolean
  confidence: number | null
  /** The metrics that it reported in addition to its time and success, and its scores. */
  metrics: MetricValues | null
}

/** The newest executions of an agent, at least one. Each list has one entry for each that ran under the values in force, newest first. */
export interface ExecutionSeries {
  agentId: string
  newestAt: number
  oldestAt: number
  /** How many there are, also of those under values that are only tried, or were restored. */
  count: number
  /** How many of all succeeded after the oldest had finished. */
  completed: number
  success: boolean[]
  errored: boolean[]
  durationMs: (number | null)[]
  /** The mean of those under the values in force that report it; null if none does. */
  confidence: number | null
}

/** The value of a metric in an execution; undefined if it was not reported. */
export function readExecutionMetric(
  name: MetricName,
  {
    durationMs,
    success,
    errored,
    confidence,
    metrics,
  }: Pick<ExecutionReading, 'durationMs' | 'success'> & Partial<Pick<ExecutionReading, 'errored' | 'confidence' | 'metrics'>>,
): number | undefined {
  switch (name) {
    case 'responseTime':
      return durationMs ?? undefined
    case 'successRate':
      return Number(success)
    case 'errorRate':
      return errored === undefined ? undefined : Number(errored)
    case 'averageConfidence':
      return confidence ?? undefined
    default:
      return metrics?.[name]
  }
}

/** The contribution of an execution to a ratio of sums: `value` to the numerator, `per` to the denominator; undefined if one was not reported. */
export function readExecutionRatio(
  { of, per }: Ratio,
  execution: Parameters<typeof readExecutionMetric>[1],
): RatioTerms | undefined {
  const value = readExecutionMetric(of, execution)
  const unit = readExecutionMetric(per, execution)
  return value === undefined || unit === undefined ? undefined : { value, per: unit }
}

export interface RatioTerms {
  value: number
  per: number
}

/** An execution and the instance that ran it; null if it did not say. */
export type InstanceExecution = ExecutionReading & { instanceId: string | null }

/** The recent reports of an agent's executions. */
export interface RecentReading {
  agentId: string
  /** Of its newest executions within some minutes. */
  durationsMs: number[]
  /** Values of each metric, in any order, from the newest executions that report it; their scores may come late. */
  reported: Record<MetricName, number[]>
  /** The contribution of each of the newest executions to a ratio of sums. */
  ratios?: Record<MetricName, RatioTerms[]>
  /** When each metric was last reported or scored. */
  reportedAt: Record<MetricName, number>
}

/** Parts of a decision's JSON as the agent wrote them, hence of any type. */
export interface DecisionReading {
  agentId: string
  at: number
  type: string
  confidence: unknown
  riskAssessment: unknown
  /** How many there were. */
  alternatives: unknown
  success: unknown
  actualResult: unknown
  autonomy: unknown
  performanceScore: unknown
  learningRate: unknown
  learningAdjustments: unknown
}

export interface PortfolioReading {
  /** When it was last booked. */
  at: number
  totalValueUsd: number
  btcValueUsd: number
}

/** One row of `market_data`; null where nothing was recorded. */
export interface MarketReading {
  at: number
  priceUsd: number
  volume24h: number | null
  priceChange24h: number | null
  fearGreedIndex: number | null
}

/** Numbers of trades that somebody executed. */
export interface TradeReading {
  /** As recorded: the id of an agent, or its name for people; null if nobody is named. */
  executedBy: string | null
  /** The newest. */
  at: number
  all: number
  /** With a known profit or loss. */
  closed: number
  profitable: number
  /** Closed ones for which a profit or loss was predicted. */
  predicted: number
  /** Those predicted correctly. */
  foreseen: number
  /** Sales without a recorded result. */
  unsettled?: number
  /** Closed ones whose result is not recorded but computed at average cost. */
  averageCost?: number
  /** Sales without a result, because no purchase of what they sold is known. */
  uncosted?: number
  /** Predicted ones whose prediction is what their decision stated. */
  decided?: number
}

/** A trade of somebody who records no results. */
export interface UnsettledTrade {
  executedBy: string | null
  at: number
  type: 'BUY' | 'SELL'
  amount: number
  priceUsd: number
  predictedProfitUsd: number | null
  /** `outcome.success` of the newest decision of the same agent in the ten minutes before; null without one. */
  decidedSuccess: boolean | null
}

/** Source 1 (C1, C2). Decisions and market data newest first; of executions and of what they report lately, one entry for each agent. */
export interface DatabaseReading {
  executions: ExecutionSeries[]
  recent: RecentReading[]
  decisions: DecisionReading[]
  portfolio: PortfolioReading | null
  /** Of the last 24 hours. */
  trades: TradeReading[]
  market: MarketReading[]
}

/** Source 2 (C3): one report of a state; any part of it may be missing. */
export interface StateReading {
  agentId: string
  at: number
  /** Who set the state: the strategic orchestrator or the agent. */
  by: 'orchestrator' | 'agent'
  reputation: number | null
  autonomy: number | null
  goalPrimary: number | null
  goalSecondary: number | null
  goalTactical: number | null
  goalOverall: number | null
  isRunning: boolean | null
  lastExecutionAt: number | null
  cycleCount: number | null
}

/** Source 3 (C4, B3): this host. Percentages 0–100; null if the platform does not provide it. */
export interface SystemReading {
  at: number
  cpuPercent: number | null
  memoryPercent: number | null
  heapPercent: number | null
  networkBytesPerSecond: number | null
  storagePercent: number | null
  uptimeSeconds: number
  runtimeVersion: string
  platform: string
}

/** Source 4 (C5): the newest messages from one agent to another. */
export interface PairReading {
  fromAgent: string
  toAgent: string
  /** The newest and the oldest of the messages. */
  at: number
  since: number
  messages: number
  delivered: number
  /** Messages of the last 10 minutes, however many there are, and those that did not arrive. */
  volume: { sent: number; failed: number }
  latencyMs: MeanWithCount
  negotiations: number
  /** The newest negotiation; null if there is none. */
  negotiatedAt: number | null
  agreed: number
  conflictResolutionMs: MeanWithCount
}

/** A mean that can be combined with others. */
export interface MeanWithCount {
  mean: number | null
  count: number
}

/** Source 5 (C6): the newest report of one instance. */
export type SelfReportReading = {
  agentId: string
  at: number
  operationTimes: Record<string, number> | null
  /** Declared metrics that it has; null if there are none. */
  metrics: MetricValues | null
} & {
  [Metric in keyof Omit<SelfReportMetrics, 'operationTimes'>]-?: number | null
}

/** A value that Prometheus has for an agent; the time is that of the sample, or of the query if the value was computed by it. */
export interface PrometheusValue {
  agentId: string
  metric: MetricName
  value: number
  at: number
}

/** All readings for one snapshot; undefined for a source that failed or timed out. */
export interface Readings {
  database: DatabaseReading | undefined
  liveState: StateReading[] | undefined
  system: SystemReading | undefined
  communication: PairReading[] | undefined
  selfReport: SelfReportReading[] | undefined
  /** Undefined if it is not configured, empty if it did not answer. */
  prometheus?: PrometheusValue[] | undefined
}
