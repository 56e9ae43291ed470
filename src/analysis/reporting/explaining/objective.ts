import { formatLabelWithArticle, formatMetricValue, formatTimestamp, joinWithAnd, toSentence } from '../../../model/format.ts'
import { getMetric, type Metric, type MetricCatalogue } from '../../../model/metric.ts'
import { type Bound, findObjective, getObjectiveMetric, type Objective } from '../../../model/objective.ts'
import { describeBound, describeObjective, describeScope } from '../../../model/objective-text.ts'
import { type AgentProfile, findAgentProfileValue } from '../../../model/profile.ts'
import { getWeights } from '../../../model/weights.ts'
import { findBoundViolations, readBoundedValue } from '../../observing/bounds.ts'
import type { AgentFacts } from './agent-facts.ts'

/** The objective of an agent, and how close the agent is to it, according to the profile that the planner saw last. */
export function explainAgentObjective({ eligibility, agentId, kind, seen, instances }: AgentFacts): string[] {
  const { objectives, catalogue } = eligibility.fleet
  const objective = findObjective(objectives, { agentId, kind })
  if (!objective)
    return ['None is set: response time, success rate and coordination are improved where they miss their thresholds.']
  const sentences = [toSentence(`the objective of ${describeScope(objective)}: ${describeObjective(objective)}`)]
  if (!seen) return [...sentences, 'No cycle has examined it yet.']
  const now = describeLevels(listGoalMetrics(objective, seen.profile, catalogue), seen.profile)
  const violated = findBoundViolations(objective, seen.profile, catalogue).length > 0
  return [
    ...sentences,
    toSentence(`at ${formatTimestamp(seen.at)}, ${now}`),
    ...(instances.live === 0 ? ['No instance is live, so these are past values.'] : []),
    ...objective.subjectTo.map((bound) =>
      instances.live === 0 ? recallBound(bound, seen.profile, catalogue) : explainBound(bound, seen.profile, catalogue),
    ),
    ...(violated && instances.live > 0 ? ['Meeting its bounds comes before anything else.'] : []),
  ]
}

/** The metric that an objective is about, or those that it weighs; of a preset, those that the agent reports. */
function listGoalMetrics(objective: Objective, profile: AgentProfile, catalogue: MetricCatalogue): Metric[] {
  const { weigh } = objective
  const names = weigh === undefined ? [getObjectiveMetric(objective)] : Object.keys(getWeights(weigh))
  const reported = names.filter((name) => findAgentProfileValue(name, profile) !== undefined)
  return (typeof weigh === 'string' && reported.length > 0 ? reported : names).map((name) => getMetric(catalogue, name))
}

/** "energyJoule is 11.5 J and response time 270 ms", "nobody reports the cost" */
function describeLevels(metrics: readonly Metric[], profile: AgentProfile): string {
  const known = metrics.flatMap((metric) => {
    const value = findAgentProfileValue(metric.name, profile)
    return value === undefined ? [] : [{ label: metric.label, value: formatMetricValue(metric, value) }]
  })
  const missing = metrics.filter(({ name }) => findAgentProfileValue(name, profile) === undefined)
  const levels = joinWithAnd(known.map(({ label, value }, index) => `${label} ${index === 0 ? 'is ' : ''}${value}`))
  const silent = missing.length > 0 ? `nothing reports ${joinWithAnd(missing.map(formatLabelWithArticle))}` : ''
  return [levels, silent].filter(Boolean).join('; ')
}

/** The same for an agent that does not run: "Quality score must be at least 80% and was 81.2%." */
function recallBound(bound: Bound, profile: AgentProfile, catalogue: MetricCatalogue): string {
  const metric = getMetric(catalogue, bound.metric)
  const value = readBoundedValue(bound, profile)
  const was = value === undefined ? 'was not reported' : `was ${formatMetricValue(metric, value)}`
  return toSentence(`${metric.label} must be ${describeBound(bound, metric)} and ${was}`)
}

/** "Quality score must be at least 80% and is 81.2%: the bound holds." */
function explainBound(bound: Bound, profile: AgentProfile, catalogue: MetricCatalogue): string {
  const metric = getMetric(catalogue, bound.metric)
  const required = `${metric.label} must be ${describeBound(bound, metric)}`
  const value = readBoundedValue(bound, profile)
  if (value === undefined) return toSentence(`${required}, but nothing reports it: no trial starts until something does`)
  const { min = -Infinity, max = Infinity } = bound
  const isTolerated = findBoundViolations({ subjectTo: [bound] }, profile, catalogue).length === 0
  const standing =
    value >= min && value <= max
      ? 'the bound holds'
      : isTolerated
        ? 'beyond the bound, but no further than the tolerance allows or chance can explain'
        : 'the bound is violated'
  return toSentence(`${required} and is ${formatMetricValue(metric, value)}: ${standing}`)
}
