import type { Bottleneck, ImpactUnit } from '../../model/bottleneck.ts'
import {
  type BottleneckRule,
  createDefaultRules,
  isBeyond,
  type RulesOfOneType,
  selectRules,
  systemMetrics,
} from '../../model/bottleneck-rule.ts'
import { formatMetricValue, formatRatio } from '../../model/format.ts'
import { builtInCatalogue, getChangeUnit, isSystemMetric, type Metric, type MetricCatalogue } from '../../model/metric.ts'
import { findObjective, type Objective } from '../../model/objective.ts'
import type { AgentProfile, Snapshot, SystemProfile } from '../../model/profile.ts'
import type { Thresholds } from '../../model/thresholds.ts'
import { roundToDecimals, stripFloatNoise } from '../statistics/rounding.ts'
import { type BoundViolation, describeViolation, findBoundViolations, readBoundedValue } from './bounds.ts'

/**
 * Everything in the snapshot that is beyond a limit: agent by agent in the snapshot's order, the system last. For an agent with an
 * objective, its bounds count in place of the thresholds (B4). Impacts are rounded to one decimal.
 * @param configured rules besides those of the thresholds, or in their place
 */
export function detectBottlenecks(
  snapshot: Snapshot,
  thresholds: Thresholds,
  objectives: readonly Objective[] = [],
  catalogue: MetricCatalogue = builtInCatalogue,
  configured: readonly BottleneckRule[] = [],
): Bottleneck[] {
  const defaults = createDefaultRules(thresholds)
  const ofAgents = snapshot.agents.flatMap((agent) => {
    const objective = findObjective(objectives, agent)
    const violations = objective ? findBoundViolations(objective, agent, catalogue) : []
    return [
      ...violations.map((violation) => toBottleneck(agent.agentId, violation)),
      ...selectRules(configured, objective ? [] : defaults, agent).map((rules) => applyToAgent(rules, agent, catalogue)),
    ]
  })
  const ofSystem = selectRules(configured, defaults, 'system').map((rules) => applyToSystem(rules, snapshot.system))
  return [...ofAgents, ...ofSystem].filter((found) => found !== undefined)
}

const toBottleneck = (agentId: string, violation: BoundViolation): Bottleneck => ({
  type: 'objective_bound',
  severity: 'high',
  affectedComponent: agentId,
  description: describeViolation(agentId, violation),
  impact: roundToDecimals(violation.excess),
  impactUnit: getChangeUnit(violation.metric.kind),
  suggestedFix: 'Return within the bounds of the objective before anything else',
  metric: violation.metric.name,
})

/** A metric that was not reported is a gap, never a bottleneck. */
function applyToAgent(rules: RulesOfOneType, agent: AgentProfile, catalogue: MetricCatalogue): Bottleneck | undefined {
  const metric = catalogue.get(rules[0].metric)
  return metric && applyRules(rules, metric, agent.agentId, readBoundedValue(rules[0], agent))
}

function applyToSystem(rules: RulesOfOneType, system: SystemProfile): Bottleneck | undefined {
  const { metric: name } = rules[0]
  return isSystemMetric(name) ? applyRules(rules, systemMetrics.get(name)!, 'system', system[name] ?? undefined) : undefined
}

/** The bottleneck that the rules of one type find in a value, if any; its impact is that of the mildest rule. */
function applyRules(rules: RulesOfOneType, metric: Metric, component: string, raw: number | undefined): Bottleneck | undefined {
  if (raw === undefined || !Number.isFinite(raw)) return undefined
  const value = stripFloatNoise(raw)
  const [base] = rules
  if (!isBeyond(base, value)) return undefined
  const { severity } = rules.findLast((rule) => isBeyond(rule, value))!
  const known = documented[base.type]
  const label =
    base.quantile === undefined ? metric.label : `${Math.round(100 * base.quantile)}th percentile of the ${metric.label}`
  const figures = `${formatMetricValue(metric, value)} (limit: ${formatMetricValue(metric, limitOf(base))})`
  return {
    type: base.type,
    severity,
    affectedComponent: component,
    description: known?.describe(component, value, limitOf(base)) ?? `${component} ${label} is ${figures}`,
    impact: roundToDecimals(computeImpact(base, metric, value)),
    suggestedFix: base.suggestedFix ?? known?.suggestedFix ?? `${base.above === undefined ? 'Raise' : 'Lower'} the ${label}`,
    ...(known && base.impact === undefined ? {} : { impactUnit: impactUnitOf(base, metric) }),
    ...(known ? {} : { metric: metric.name }),
  }
}

const limitOf = ({ above, below }: BottleneckRule) => (above ?? below)!

/** Percent beyond the limit for quantities, points for shares, unless the rule says otherwise. */
function computeImpact(rule: BottleneckRule, metric: Metric, value: number): number {
  if (typeof rule.impact === 'number') return rule.impact
  const limit = limitOf(rule)
  const isInPoints = impactUnitOf(rule, metric) === 'points'
  return isInPoints ? Math.abs(limit - value) * 100 : Math.abs(value / Math.max(limit, 1e-12) - 1) * 100
}

const impactUnitOf = ({ impact }: BottleneckRule, { kind }: Metric): ImpactUnit =>
  typeof impact === 'number' ? 'none' : (impact ?? getChangeUnit(kind))

const milliseconds = (ms: number) => `${Math.round(ms)}ms`

/** The sentences of document 000 (B4). */
const documented: Record<
  string,
  { describe: (component: string, value: number, limit: number) => string; suggestedFix: string }
> = {
  agent_response_time: {
    describe: (agent, value, limit) => `${agent} response time is ${milliseconds(value)} (threshold: ${milliseconds(limit)})`,
    suggestedFix: 'Optimize decision-making algorithms or increase processing resources',
  },
  agent_success_rate: {
    describe: (agent, value, limit) => `${agent} success rate is ${formatRatio(value)} (target: ${formatRatio(limit)}+)`,
    suggestedFix: 'Review decision logic, improve training data',
  },
  coordination_efficiency: {
    describe: (agent, value) => `${agent} coordination score is ${formatRatio(value)}`,
    suggestedFix: 'Improve inter-agent communication protocols',
  },
  system_performance: {
    describe: (_, value, limit) => `Overall system performance is ${formatRatio(value)} (target: ${formatRatio(limit)}+)`,
    suggestedFix: 'Comprehensive system optimization needed',
  },
}
