import type { Bottleneck, BottleneckType, Severity } from '../../model/bottleneck.ts'
import { formatMetricValue } from '../../model/format.ts'
import { builtInCatalogue, type MetricCatalogue } from '../../model/metric.ts'
import { findObjective, type Objective } from '../../model/objective.ts'
import type { AgentProfile, Snapshot, SystemProfile } from '../../model/profile.ts'
import type { Thresholds } from '../../model/thresholds.ts'
import { roundToDecimals, stripFloatNoise } from '../statistics/rounding.ts'
import { type BoundViolation, findBoundViolations } from './bounds.ts'

/**
 * Everything in the snapshot that misses a threshold (B4), or for an agent with an objective, a bound of it: agent by agent in the
 * snapshot's order, the system last.
 * Impacts are rounded to one decimal.
 */
export function detectBottlenecks(
  snapshot: Snapshot,
  thresholds: Thresholds,
  objectives: readonly Objective[] = [],
  catalogue: MetricCatalogue = builtInCatalogue,
): Bottleneck[] {
  const ofAgents = snapshot.agents.flatMap((agent) => {
    const objective = findObjective(objectives, agent)
    if (objective)
      return findBoundViolations(objective, agent, catalogue).map((violation) => toBottleneck(agent.agentId, violation))
    return agentBottleneckRules.map((rule) => applyRule(rule, agent.agentId, agent, thresholds))
  })
  const ofSystem = systemBottleneckRules.map((rule) => applyRule(rule, 'system', snapshot.system, thresholds))
  return [...ofAgents, ...ofSystem].filter((found) => found !== undefined)
}

const toBottleneck = (agentId: string, { metric, value, excess, bound }: BoundViolation): Bottleneck => ({
  type: 'objective_bound',
  severity: 'high',
  affectedComponent: agentId,
  description: `${agentId} ${metric.label} is ${formatMetricValue(metric, value)} (bound: ${bound})`,
  impact: roundToDecimals(excess),
  suggestedFix: 'Return within the bounds of the objective before anything else',
  metric: metric.name,
})

/** One threshold rule of B4 over a profile. */
interface BottleneckRule<Profile> {
  type: BottleneckType
  value: (profile: Profile) => number | null
  /** The severity of a value; undefined if it is not a bottleneck. */
  severity: (value: number, thresholds: Thresholds) => Severity | undefined
  /** Percent over the threshold for times, points below it for scores. */
  impact: (value: number, thresholds: Thresholds) => number
  describe: (component: string, value: number, thresholds: Thresholds) => string
  suggestedFix: string
}

const percent = (ratio: number) => `${roundToDecimals(ratio * 100)}%`
const milliseconds = (ms: number) => `${Math.round(ms)}ms`
const pointsBelow = (target: number, value: number) => (target - value) * 100

const agentBottleneckRules: BottleneckRule<AgentProfile>[] = [
  {
    type: 'agent_response_time',
    value: (agent) => agent.responseTime,
    severity: (value, { responseTimeMs }) => (value > responseTimeMs ? 'high' : undefined),
    impact: (value, { responseTimeMs }) => (value / responseTimeMs - 1) * 100,
    describe: (agent, value, { responseTimeMs }) =>
      `${agent} response time is ${milliseconds(value)} (threshold: ${milliseconds(responseTimeMs)})`,
    suggestedFix: 'Optimize decision-making algorithms or increase processing resources',
  },
  {
    type: 'agent_success_rate',
    value: (agent) => agent.successRate,
    severity: (value, { successRate, successRateCritical }) =>
      value < successRate ? (value < successRateCritical ? 'critical' : 'medium') : undefined,
    impact: (value, { successRate }) => pointsBelow(successRate, value),
    describe: (agent, value, { successRate }) => `${agent} success rate is ${percent(value)} (target: ${percent(successRate)}+)`,
    suggestedFix: 'Review decision logic, improve training data',
  },
  {
    type: 'coordination_efficiency',
    value: (agent) => agent.coordinationScore,
    severity: (value, { coordinationScore }) => (value < coordinationScore ? 'medium' : undefined),
    impact: (value, { coordinationScore }) => pointsBelow(coordinationScore, value),
    describe: (agent, value) => `${agent} coordination score is ${percent(value)}`,
    suggestedFix: 'Improve inter-agent communication protocols',
  },
]

const systemBottleneckRules: BottleneckRule<SystemProfile>[] = [
  {
    type: 'system_performance',
    value: (system) => system.overallScore,
    severity: (value, { systemScore, systemScoreCritical }) =>
      value < systemScore ? (value < systemScoreCritical ? 'critical' : 'high') : undefined,
    impact: (value, { systemScore }) => pointsBelow(systemScore, value),
    describe: (_, value, { systemScore }) => `Overall system performance is ${percent(value)} (target: ${percent(systemScore)}+)`,
    suggestedFix: 'Comprehensive system optimization needed',
  },
]

/** The bottleneck that a rule finds in a profile, if any. A metric that nobody reported is a gap, never a bottleneck. */
function applyRule<Profile>(
  rule: BottleneckRule<Profile>,
  component: string,
  profile: Profile,
  thresholds: Thresholds,
): Bottleneck | undefined {
  const raw = rule.value(profile)
  if (raw === null || !Number.isFinite(raw)) return undefined
  const value = stripFloatNoise(raw)
  const severity = rule.severity(value, thresholds)
  if (!severity) return undefined
  return {
    type: rule.type,
    severity,
    affectedComponent: component,
    description: rule.describe(component, value, thresholds),
    impact: roundToDecimals(rule.impact(value, thresholds)),
    suggestedFix: rule.suggestedFix,
  }
}
