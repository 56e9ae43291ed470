/**
 * The values in profiles that are not metrics of the catalogue: they are shown, and some are acted on, but no trial is judged by them.
 * docs/metrics.md is generated from here. Formulas are those of document 002 unless they say otherwise.
 */
import type { SourceName } from './profile.ts'

export interface FigureDefinition {
  /** Its path in the profile of an agent or of the system. */
  name: string
  of: 'agent' | 'system'
  unit: string
  range: string
  source: SourceName
  description: string
  formula: string
  window: string
}

type Row = [unit: string, range: string, description: string, formula: string]

const define = (
  of: FigureDefinition['of'],
  source: SourceName,
  window: string,
  figures: Record<string, Row>,
): FigureDefinition[] =>
  Object.entries(figures).map(([name, [unit, range, description, formula]]) => ({
    name,
    of,
    unit,
    range,
    source,
    description,
    formula,
    window,
  }))

const [share, percent, count, positive] = ['0 to 1', '0 to 100', '0, 1, 2 …', '0 or more']
const instances = 'latest report of each instance'
const monitored = 'latest monitoring reading within 2 minutes, otherwise a reading taken for the cycle'
const prices = 'latest 100 prices'

export const figureDefinitions: readonly FigureDefinition[] = [
  ...define('agent', 'database', 'latest 50 executions', {
    decisionCount: ['executions', '0 to 50', 'Number of executions that the other values are computed from', 'number'],
  }),
  ...define('agent', 'database', 'latest 20 executions', {
    successHistory: ['', 'true or false', 'Whether each succeeded, newest first', '`success`'],
  }),
  ...define('agent', 'database', 'latest 50 decisions', {
    riskAssessment: [
      'decisions',
      count,
      'Number of decisions for each risk that they state',
      'number of each `reasoning.riskAssessment`',
    ],
  }),
  ...define('agent', 'database', 'latest 5 decisions', {
    recentDecisions: ['', '', 'Time, type, confidence and success of each', 'as recorded'],
  }),
  ...define('agent', 'live-state', 'latest report', {
    reputation: ['', share, 'Reputation of the agent', 'from the orchestrator, otherwise from the agent, otherwise 0.7'],
    autonomy: [
      '',
      share,
      'How autonomously the agent decides',
      'from the orchestrator, otherwise from the agent, otherwise the mean of `agent_state.autonomyLevel` of the latest 50 decisions, otherwise 0.85',
    ],
    isRunning: ['', 'true or false', 'Whether the agent is running', 'it has a live instance and does not report otherwise'],
    lastExecutionAt: [
      'ms',
      positive,
      "Time of the agent's last execution (Unix time)",
      'the later of the reported and recorded times',
    ],
    cycleCount: ['cycles', count, 'Internal cycles that the agent has completed', 'as reported'],
  }),
  ...define('agent', 'self-report', instances, {
    'selfReport.decisionCount': ['decisions', count, 'Decisions counted by the agent', 'sum over the instances'],
    'selfReport.sourcesQueried': ['sources', count, 'Sources that the agent queried', 'sum over the instances'],
    'selfReport.signalsGenerated': ['signals', count, 'Signals that the agent generated', 'sum over the instances'],
    'selfReport.avgConfidence': ['', share, 'Confidence computed by the agent', 'mean over the instances'],
    'selfReport.successRate': ['', share, 'Success rate computed by the agent', 'mean over the instances'],
    'selfReport.avgResponseTime': ['ms', positive, 'Response time computed by the agent', 'mean over the instances'],
    'selfReport.operationTimes': ['ms', positive, 'Time of each operation that the agent names', 'mean over the instances'],
  }),
  ...define('system', 'system', monitored, {
    cpuPercent: ['%', percent, 'CPU usage of the host', 'busy time / total time of all cores since the previous reading'],
    memoryPercent: ['%', percent, 'Memory usage of the host', '(total − free) / total'],
    storagePercent: ['%', percent, 'Usage of the file system of the working folder', 'used / (used + available), as `df` does'],
    networkBytesPerSecond: [
      'bytes/s',
      positive,
      'Traffic of the host in and out, without loopback; Linux only',
      'bytes since the previous reading / seconds',
    ],
  }),
  ...define('system', 'system', 'now', {
    heapPercent: ['%', percent, 'Heap usage of the worker', '`heapUsed` / `heapTotal`'],
    uptimeSeconds: ['s', positive, 'How long the worker has been running', '`process.uptime()`'],
    runtimeVersion: ['', 'text', 'Version of Node that the worker runs on', '`process.version`'],
    platform: ['', 'text', 'Operating system of the worker', '`process.platform`'],
  }),
  ...define('system', 'database', 'current values of the agents with a live instance', {
    overallScore: [
      '',
      share,
      'Performance of the whole fleet',
      'mean over the agents of success rate (weight 0.3), min(1, 2000 ms / response time) (0.25), coordination score (0.2), performance score (0.15) and confidence (0.1), where known; this project’s own formula',
    ],
    'decisionQuality.averageConfidence': ['', share, 'Confidence of the fleet', 'mean of `averageConfidence` over the agents'],
    'decisionQuality.decisionSpeedMs': ['ms', positive, 'Response time of the fleet', 'mean of `responseTime` over the agents'],
    'decisionQuality.accuracyRate': [
      '',
      share,
      'Accuracy of the fleet',
      'decisions whose `outcome.success` is true / decisions whose outcome is known, over all agents',
    ],
  }),
  ...define('system', 'communication', 'current messages of the agents with a live instance', {
    'coordination.messageLatencyMs': ['ms', positive, 'Message latency of the fleet', 'mean of `latency_ms` over all pairs'],
    'coordination.conflictResolutionTimeMs': [
      'ms',
      positive,
      'Conflict resolution time of the fleet',
      'mean of `conflict_resolution_ms` over all pairs',
    ],
    'coordination.cooperationScore': ['', share, 'Coordination of the fleet', 'agreed / negotiations, over all pairs'],
  }),
  ...define('system', 'database', prices, {
    'market.volatility': [
      '%',
      positive,
      'Volatility of the market',
      'standard deviation of the relative changes between consecutive `price_usd`',
    ],
    'market.volume24h': ['USD', positive, 'Trading volume of the market', 'latest known `volume_24h`'],
    'market.priceChange24h': ['%', 'any', 'Price change of the market', 'latest known `price_change_24h`'],
    'market.fearGreedIndex': ['', percent, 'Sentiment of the market', 'latest known `fear_greed_index`'],
    'market.marketAgeMs': ['ms', positive, 'Age of the market data', 'now − latest `timestamp`'],
  }),
  ...define('system', 'database', 'latest portfolio entry', {
    'market.portfolioGrowth': ['', '-1 or more', 'Growth of the portfolio', '(value − start) / start'],
    'market.goalProgress': [
      '',
      'any',
      'Progress of the portfolio toward its target; above 1 once it exceeds the target',
      '(value − start) / (target − start)',
    ],
    'market.capitalDeployed': ['', share, 'Share of the portfolio that is invested', 'BTC value / total value'],
    'market.portfolioAgeMs': ['ms', positive, 'Age of the portfolio', 'now − latest portfolio entry'],
  }),
  ...define('system', 'database', 'trades of the last 24 hours', {
    'market.tradesPerHour': ['/h', positive, 'Trading frequency of the fleet', 'trades / 24'],
    'market.profitableTrades': [
      '',
      share,
      'Execution success of the fleet',
      'trades with a profit above 0 / trades with a known profit; the profit is `actual_profit_usd`, or if that is not recorded, the profit of sales at the average cost of the purchases',
    ],
    'market.predictionAccuracy': [
      '',
      share,
      'Outcomes of the fleet compared with its predictions',
      'trades whose predicted and actual profit have the same sign / trades with both; the prediction is `predicted_profit_usd`, otherwise `outcome.success` of the decision within the 10 minutes before the sale',
    ],
  }),
]
