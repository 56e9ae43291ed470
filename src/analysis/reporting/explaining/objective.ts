import { formatMetricValue, formatTimestamp, toSentence } from '../../../model/format.ts'
import { getMetric, type MetricCatalogue } from '../../../model/metric.ts'
import { type Bound, findObjective, getObjectiveMetric } from '../../../model/objective.ts'
import { describeBound, describeObjective, describeScope } from '../../../model/objective-text.ts'
import { type AgentProfile, readProfileMetric } from '../../../model/profile.ts'
import { weightedSumName } from '../../../model/weights.ts'
import { findBoundViolations, readBoundedValue } from '../../observing/bounds.ts'
import type { AgentFacts } from './agent-facts.ts'

/** The objective of an agent, and how it stands towards it by the profile that the planner saw last. */
export function explainObjective({ eligibility, agentId, kind, seen }: AgentFacts): string[] {
  const { objectives, catalogue } = eligibility.fleet
  const objective = findObjective(objectives, { agentId, kind })
  if (!objective)
    return ['None is set: response time, success rate and coordination are improved where they miss their thresholds.']
  const sentences = [toSentence(`the objective of ${describeScope(objective)}: ${describeObjective(objective)}`)]
  if (!seen) return [...sentences, 'No cycle has looked at it yet.']
  const metric = getMetric(catalogue, getObjectiveMetric(objective))
  const isSum = metric.name === weightedSumName
  const value = readProfileMetric(metric.name, seen.profile)
  const now =
    value === undefined ? `nobody reports the ${metric.label}` : `${metric.label} is ${formatMetricValue(metric, value)}`
  const violated = findBoundViolations(objective, seen.profile, catalogue).length > 0
  return [
    ...sentences,
    toSentence(`at ${formatTimestamp(seen.at)}${isSum ? '' : `, ${now}`}`),
    ...objective.subjectTo.map((bound) => explainBound(bound, seen.profile, catalogue)),
    ...(violated ? ['It gets within its bounds before anything else.'] : []),
  ]
}

/** "Quality score has to be at least 80% and is 81.2%: the bound holds." */
function explainBound(bound: Bound, profile: AgentProfile, catalogue: MetricCatalogue): string {
  const metric = getMetric(catalogue, bound.metric)
  const required = `${metric.label} has to be ${describeBound(bound, metric)}`
  const value = readBoundedValue(bound, profile)
  if (value === undefined) return toSentence(`${required}, but nobody reports it: nothing is tried until somebody does`)
  const { min = -Infinity, max = Infinity } = bound
  const isTolerated = findBoundViolations({ subjectTo: [bound] }, profile, catalogue).length === 0
  const standing =
    value >= min && value <= max ? 'the bound holds' : isTolerated ? 'beyond the bound, but tolerated' : 'the bound is violated'
  return toSentence(`${required} and is ${formatMetricValue(metric, value)}: ${standing}`)
}
