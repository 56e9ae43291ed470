/** The built-in metrics, from which the table of docs/metrics.md is generated. Formulas are those of document 002 unless they say otherwise. */
import { type NamedQuantile, namedQuantiles } from './quantile.ts'
import { weightedSumName } from './weighted-sum-name.ts'

type Traits = [unit: string, kind: 'continuous' | 'proportion' | 'count', direction: 'lower' | 'higher']
const time: Traits = ['ms', 'continuous', 'lower']
const share: Traits = ['', 'proportion', 'higher']
const tokens: Traits = ['tokens', 'count', 'lower']

type Source = 'database' | 'live-state' | 'communication' | 'self-report' | 'objective'

export interface BuiltInDefinition {
  name: string
  label: string
  unit: string
  kind: Traits[1]
  direction: Traits[2]
  description: string
  grain: 'execution' | 'message' | 'instance'
  source: Source
  formula: string
  window: string
  quantile?: NamedQuantile['quantile']
}

const define = (
  grain: BuiltInDefinition['grain'],
  source: Source,
  window: string,
  metrics: Record<string, [label: string, traits: Traits, description: string, formula: string]>,
): BuiltInDefinition[] =>
  Object.entries(metrics).map(([name, [label, [unit, kind, direction], description, formula]]) => ({
    name,
    label,
    unit,
    kind,
    direction,
    description,
    grain,
    source,
    formula,
    window,
  }))

const executions = 'latest 50 executions'
const decisions = 'latest 50 decisions'
const reporting = 'latest 50 executions that report it'
const mean = 'mean'

/** The quantiles of the response time. */
const quantiles: readonly BuiltInDefinition[] = namedQuantiles.map(({ name, label, quantile }) => ({
  name,
  label,
  unit: 'ms',
  kind: 'continuous',
  direction: 'lower',
  description: `The ${label}`,
  grain: 'execution',
  source: 'database',
  formula: 'quantile of `execution_time_ms`',
  window: 'latest executions within 10 minutes, 50 to 300 of them',
  quantile,
}))

export const builtInDefinitions: readonly BuiltInDefinition[] = [
  ...define('execution', 'database', executions, {
    responseTime: ['response time', time, 'How long an execution took', 'mean of `execution_time_ms`'],
  }),
  ...quantiles,
  ...define('execution', 'database', executions, {
    successRate: ['success rate', share, 'Share of executions that succeeded', 'succeeded / all'],
    errorRate: [
      'error rate',
      ['', 'proportion', 'lower'],
      'Share of executions that ended with an error',
      'executions with an `error_message` / all executions',
    ],
  }),
  ...define('execution', 'database', 'latest 50 decisions, or executions if no decision states one', {
    averageConfidence: [
      'confidence',
      share,
      "The agent's confidence in its results",
      'mean of `reasoning.confidence` of decisions, otherwise of `output_data.confidence` of executions',
    ],
  }),
  ...define('execution', 'database', reporting, {
    costUsd: ['cost', ['USD', 'continuous', 'lower'], 'Cost of an execution', mean],
    inputTokens: ['input tokens', tokens, 'Tokens sent to a language model', mean],
    outputTokens: ['output tokens', tokens, 'Tokens that a language model generated', mean],
    qualityScore: ['quality score', share, 'Quality of the result, as scored by the agent or an evaluator', mean],
    cpuMs: ['CPU time', time, 'CPU time that an execution used', mean],
    memoryMb: ['memory', ['MB', 'continuous', 'lower'], 'Memory that an execution used', mean],
    eventLoopDelayMs: ['event loop delay', time, 'How late timers in the process fired during an execution', mean],
  }),
  ...define('message', 'communication', 'latest 200 messages of each pair within a day', {
    coordinationScore: [
      'coordination score',
      share,
      'Share of negotiations in which the other side agreed',
      'agreed / negotiations; a message that did not arrive counts as not agreed',
    ],
    conflictResolutionTimeMs: [
      'conflict resolution time',
      time,
      'Time until a conflict between agents was resolved',
      'mean of `conflict_resolution_ms`',
    ],
    messageLatencyMs: ['message latency', time, 'Time that a message to another agent took', 'mean of `latency_ms`'],
    messageSuccessRate: ['message success rate', share, 'Share of messages that arrived', 'delivered / sent'],
  }),
  ...define('instance', 'communication', '10 minutes', {
    messageCount: ['messages sent', ['messages', 'count', 'lower'], 'Messages that the agent sent', 'number sent'],
    failedMessageCount: [
      'failed messages',
      ['messages', 'count', 'lower'],
      'Messages that did not arrive',
      'number not delivered',
    ],
  }),
  ...define('instance', 'database', executions, {
    throughput: [
      'throughput',
      ['/min', 'continuous', 'higher'],
      'Successful executions per minute',
      'succeeded after the oldest / minutes since the oldest',
    ],
  }),
  ...define('instance', 'database', decisions, {
    adaptationScore: [
      'adaptation score',
      share,
      "How much the agent's decisions changed the way it decides",
      'mean of `feedback.learningAdjustments`: 1 if it lists any, 0 if none, or the ratio given',
    ],
    decisionAccuracy: [
      'decision accuracy',
      share,
      'Share of decisions that were correct',
      'decisions whose `outcome.success` is true / decisions whose outcome is known',
    ],
    actualResult: [
      'actual result',
      ['', 'continuous', 'higher'],
      'Result of a decision, in the unit of the agent',
      'mean of `outcome.actualResult`, which may be any number',
    ],
    learningRate: ['learning rate', share, 'Learning rate, as stated by the agent', 'mean of `agent_state.learningRate`'],
    alternatives: [
      'alternatives',
      ['', 'continuous', 'higher'],
      'Alternatives that a decision weighed',
      'mean number of `reasoning.alternatives`',
    ],
  }),
  ...define('instance', 'database', 'trades of the last 24 hours that the agent executed (`executed_by`)', {
    tradesPerHour: ['trades per hour', ['/h', 'continuous', 'higher'], 'Trading frequency', 'trades / 24'],
    profitableTrades: [
      'profitable trades',
      share,
      'Execution success',
      'trades with a profit above 0 / trades with a known profit; the profit is `actual_profit_usd`, or if that is not recorded, the profit of sales at the average cost of the purchases',
    ],
    tradePredictionAccuracy: [
      'prediction accuracy of trades',
      share,
      'Decision quality: outcomes compared with predictions',
      'trades whose predicted and actual profit have the same sign / trades with both; the prediction is `predicted_profit_usd`, otherwise `outcome.success` of the decision within the 10 minutes before the sale',
    ],
  }),
  ...define('instance', 'live-state', 'latest report', {
    goalProgress: [
      'goal progress',
      share,
      'Progress toward the goals of the agent',
      '`overall`, or the mean of its parts, or the progress of the portfolio: (value − start) / (target − start), 10,000 and 10,500 USD by default, clipped to 0–1',
    ],
    goalProgressPrimary: ['primary goal progress', share, 'Progress toward the primary goal', '`primary`'],
    goalProgressSecondary: ['secondary goal progress', share, 'Progress toward the secondary goals', '`secondary`'],
    goalProgressTactical: ['tactical goal progress', share, 'Progress toward the tactical goals', '`tactical`'],
    performanceScore: [
      'performance score',
      share,
      'Mean of reputation, goal progress and autonomy',
      '(reputation + goal progress + autonomy) / 3; without progress, the mean of `agent_state.performanceScore`',
    ],
  }),
  ...define('instance', 'self-report', 'latest value of each live instance, within an hour', {
    resourceEfficiency: [
      'resource efficiency',
      share,
      "Share of the agent's effort that was useful",
      'as reported by executions, otherwise the mean of cache hit rate and min(1, signals / API calls)',
    ],
    cacheHitRate: ['cache hit rate', share, 'Share of requests answered from a cache', 'mean over the instances'],
    apiCallsUsed: ['API calls', ['calls', 'count', 'lower'], 'API calls that the agent made', 'sum over the instances'],
  }),
  ...define('execution', 'objective', executions, {
    [weightedSumName]: [
      'weighted sum',
      ['', 'continuous', 'lower'],
      'The weighted sum of the metrics that an objective weighs; 1 at the start of a trial',
      '[Σ wᵢ · xᵢ / rᵢ](#several-metrics-at-once)',
    ],
  }),
]

/** The values that are missing without a source, and how long they count: src/analysis/observing/freshness.ts. */
export const sourceEffects: Record<Source | 'system' | 'prometheus', { missing: string; lifetime: string }> = {
  database: {
    missing:
      'No rates or times of executions and decisions and no market data, so no bottleneck in these is detected and no trial starts',
    lifetime:
      '10 minutes, or five of its usual intervals for an agent that works rarely, at most a day; metrics reported with executions and late scores: an hour or more; portfolio and trades: a day',
  },
  'live-state': {
    missing: 'Reputation 0.7 and autonomy 0.85 are assumed, and progress is taken from the portfolio',
    lifetime: 'Progress: one hour; reputation and autonomy: until they are replaced',
  },
  system: { missing: 'No host metrics', lifetime: 'One cycle; read anew for each' },
  communication: {
    missing: 'No coordination score or message times, so no coordination bottleneck is detected and no trial targets one',
    lifetime: '10 minutes, or five of the usual intervals for agents that rarely exchange messages, at most a day',
  },
  'self-report': { missing: 'No resource efficiency, unless executions report it', lifetime: 'An hour' },
  prometheus: { missing: 'The metrics with a query are unknown', lifetime: 'One cycle; queried anew for each' },
  objective: { missing: 'See [objectives](#objectives)', lifetime: 'The same as the metrics it is computed from' },
}
