/** Rules that define bottlenecks: limits on metrics beyond which an agent, or the system, is a bottleneck. */
import { z } from 'zod'
import { bottleneckTypeSchema, type Severity, severityRank, severitySchema } from './bottleneck.ts'
import { ruleAppliesTo } from './limits.ts'
import { choosableMetricNameSchema, isSystemMetric, type Metric, type MetricCatalogue, type SystemMetricName } from './metric.ts'
import { nameSchema } from './name.ts'
import { findQuantileProblem, quantileSchema } from './quantile.ts'
import { builtInStrategyTypes } from './strategy.ts'
import { textSchema } from './text.ts'
import type { Thresholds } from './thresholds.ts'

/** Metrics of the whole fleet and of the host it runs on (B3, B4). */
export const systemMetrics: ReadonlyMap<string, Metric> = new Map(
  (
    [
      ['overallScore', 'overall score', '', 'proportion', 'higher', 'Overall score of the fleet'],
      ['cpuPercent', 'CPU usage', '%', 'continuous', 'lower', 'CPU usage of the host, 0 to 100'],
      ['memoryPercent', 'memory usage', '%', 'continuous', 'lower', 'Memory usage of the host, 0 to 100'],
      ['heapPercent', 'heap usage', '%', 'continuous', 'lower', 'Heap usage of the worker, 0 to 100'],
      ['storagePercent', 'storage usage', '%', 'continuous', 'lower', 'Storage usage of the host, 0 to 100'],
    ] as const
  ).map(([name, label, unit, kind, direction, description]): [SystemMetricName, Metric] => [
    name,
    { name, label, unit, kind, direction, description, grain: 'instance', source: 'database' },
  ]),
)

export const bottleneckRuleSchema = z
  .strictObject({
    agent: nameSchema.optional().describe('Only this agent'),
    kind: nameSchema.optional().describe('Only agents of this kind'),
    type: bottleneckTypeSchema.describe('A built-in type, whose rules it replaces, or a new type'),
    metric: choosableMetricNameSchema,
    quantile: quantileSchema,
    above: z.number().optional().describe('Values above this limit are a bottleneck'),
    below: z.number().optional().describe('Values below this limit are a bottleneck'),
    severity: severitySchema,
    impact: z
      .union([z.enum(['percent', 'points']), z.number().positive().max(1_000)], {
        error: 'must be percent, points, or a number above 0 and at most 1000',
      })
      .optional()
      .describe(
        'Impact: how far the value is beyond the limit, in `percent` of it or in `points` of a share, or a fixed number; by default percent for quantities and points for shares',
      ),
    suggestedFix: textSchema.max(500).optional(),
  })
  .superRefine(({ agent, kind, above, below }, context) => {
    const problems = [
      (above === undefined) === (below === undefined) ? 'set either above or below' : undefined,
      agent !== undefined && kind !== undefined ? 'set either agent or kind, not both' : undefined,
    ]
    for (const message of problems.filter((problem) => problem !== undefined)) context.addIssue({ code: 'custom', message })
  })
export type BottleneckRule = z.infer<typeof bottleneckRuleSchema>

/** The rules of B4 with these thresholds. */
export function createDefaultRules(thresholds: Thresholds): BottleneckRule[] {
  const { responseTimeMs, successRate, successRateCritical, coordinationScore, systemScore, systemScoreCritical } = thresholds
  return [
    { type: 'agent_response_time', metric: 'responseTime', above: responseTimeMs, severity: 'high' },
    { type: 'agent_success_rate', metric: 'successRate', below: successRate, severity: 'medium' },
    { type: 'agent_success_rate', metric: 'successRate', below: successRateCritical, severity: 'critical' },
    { type: 'coordination_efficiency', metric: 'coordinationScore', below: coordinationScore, severity: 'medium' },
    { type: 'system_performance', metric: 'overallScore', below: systemScore, severity: 'high' },
    { type: 'system_performance', metric: 'overallScore', below: systemScoreCritical, severity: 'critical' },
  ]
}

/** The rules of one type that apply to an agent or the system, the mildest first: the others only raise its severity. */
export type RulesOfOneType = [base: BottleneckRule, ...severer: BottleneckRule[]]

/**
 * The rules that apply to a subject, by type. The agent's own rules of a type replace those of its kind, these those of the fleet, and these
 * the defaults.
 * @param subject an agent, or `system`
 */
export function selectRules(
  configured: readonly BottleneckRule[],
  defaults: readonly BottleneckRule[],
  subject: { agentId: string; kind: string } | 'system',
): RulesOfOneType[] {
  const rank = ({ agent, kind }: BottleneckRule) => (agent ? 3 : kind ? 2 : 1)
  const concerns = (rule: BottleneckRule) =>
    subject === 'system' ? isSystemMetric(rule.metric) : !isSystemMetric(rule.metric) && ruleAppliesTo(rule, subject)
  const ranked = [
    ...defaults.filter(concerns).map((rule) => ({ rule, rank: 0 })),
    ...configured.filter(concerns).map((rule) => ({ rule, rank: rank(rule) })),
  ]
  return [...Map.groupBy(ranked, ({ rule }) => rule.type).values()].map((ofType) => {
    const closest = Math.max(...ofType.map((each) => each.rank))
    const rules = ofType.filter((each) => each.rank === closest).map(({ rule }) => rule)
    return rules.sort((a, b) => severityRank[a.severity] - severityRank[b.severity]) as RulesOfOneType
  })
}

export const isBeyond = ({ above = Infinity, below = -Infinity }: BottleneckRule, value: number): boolean =>
  value > above || value < below

const defaultMetrics: Record<string, string> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
  system_performance: 'overallScore',
}
const reservedTypes: readonly string[] = [...builtInStrategyTypes.filter((type) => !Object.hasOwn(defaultMetrics, type)), 'all']

/**
 * Why a rule contradicts what its metric is declared to be, as the end of a sentence; undefined if it does not. A metric that is not in
 * the catalogue passes: an agent may declare it later.
 */
export function describeRuleContradiction(
  { metric: name, above, below, impact }: BottleneckRule,
  catalogue: MetricCatalogue,
): string | undefined {
  const metric = catalogue.get(name) ?? systemMetrics.get(name)
  if (!metric) return undefined
  if (metric.contradiction) return metric.contradiction
  if ((metric.direction === 'higher') === (above !== undefined))
    return `${name} is better when it is ${metric.direction}, so set ${above === undefined ? 'above' : 'below'}`
  const limit = (above ?? below)!
  if (metric.kind === 'proportion' ? limit < 0 || limit > 1 : limit <= 0)
    return metric.kind === 'proportion'
      ? `${name} ranges from 0 to 1, so ${limit} cannot be its limit`
      : `${name} is a quantity, so its limit must be above 0, not ${limit}`
  if (impact === 'points' && metric.kind !== 'proportion') return `${name} is a quantity, so its impact cannot be in points`
  return undefined
}

/** Why the rule at this position cannot be used, as the end of a sentence; undefined if it can. */
export function findRuleProblem(rules: readonly BottleneckRule[], index: number, catalogue: MetricCatalogue): string | undefined {
  const { type, metric: name, quantile, severity, agent, kind } = rules[index]!
  if (reservedTypes.includes(type)) return `${type} is the optimizer's own type; choose another name`
  const ofDefault = Object.hasOwn(defaultMetrics, type) ? defaultMetrics[type] : undefined
  const other = ofDefault ?? rules.slice(0, index).find((rule) => rule.type === type)?.metric ?? name
  if (other !== name) return `${type} is about ${other}, not ${name}; choose another type`
  if (isSystemMetric(name) && (agent ?? kind) !== undefined) return `${name} is a metric of the whole fleet; omit agent and kind`
  const ofQuantile = findQuantileProblem(name, quantile)
  if (ofQuantile) return ofQuantile
  const contradiction = describeRuleContradiction(rules[index]!, catalogue)
  if (contradiction) return contradiction
  const alike = (rule: BottleneckRule) => rule.type === type && rule.metric === name && rule.agent === agent && rule.kind === kind
  if (rules.slice(0, index).some((rule) => alike(rule) && rule.severity === severity))
    return 'there is another rule of this type and severity for the same agents'
  return findMilderProblem(rules[index]!, rules.filter(alike))
}

/** A rule of a higher severity must lie further out, because it applies only beyond the milder ones. */
function findMilderProblem(rule: BottleneckRule, others: readonly BottleneckRule[]): string | undefined {
  const rank = (severity: Severity) => severityRank[severity]
  const isFurther = ({ above, below }: BottleneckRule) =>
    rule.above !== undefined ? (above ?? -Infinity) >= rule.above : (below ?? Infinity) <= rule.below!
  const milder = others.find((other) => other !== rule && rank(other.severity) < rank(rule.severity) && isFurther(other))
  return milder && `a ${rule.severity} limit must be beyond the ${milder.severity} one`
}
