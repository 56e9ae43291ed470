import { formatLabelWithArticle } from '../../model/format.ts'
import { getMetric, type MetricCatalogue, type MetricName, toMetricKind } from '../../model/metric.ts'
import { getObjectiveMetric, type Objective } from '../../model/objective.ts'
import { type AgentProfile, findAgentProfileValue } from '../../model/profile.ts'
import { weightedSumName } from '../../model/weighted-sum-name.ts'
import { getWeights, type WeightedMetrics } from '../../model/weights.ts'

/**
 * The metrics that an objective weighs for an agent, with their present values as references; undefined if it is about a single metric.
 * Of a preset, the metrics that the agent does not report, or whose present value has no relative changes because it is 0, are left out. If a
 * metric cannot be weighed, the end of a sentence that says why.
 */
export function computeWeightedMetrics(
  objective: Objective,
  agent: AgentProfile,
  catalogue: MetricCatalogue,
): WeightedMetrics | string | undefined {
  const { weigh } = objective
  if (weigh === undefined || getObjectiveMetric(objective) !== weightedSumName) return undefined
  const read = (name: string) => findAgentProfileValue(name, agent)
  const isEmpty = (name: string) => toMetricKind(getMetric(catalogue, name).kind) === 'continuous' && !(read(name)! > 0)
  const all = Object.entries(getWeights(weigh))
  const weights = typeof weigh === 'string' ? all.filter(([name]) => read(name) !== undefined && !isEmpty(name)) : all
  if (weights.length === 0) return `no metric in the preset ${weigh} is reported with a value above 0`
  const missing = weights.find(([name]) => read(name) === undefined)
  if (missing) return `nothing reports ${formatLabelWithArticle(getMetric(catalogue, missing[0]))}`
  const empty = weights.find(([name]) => isEmpty(name))
  if (empty) return `${formatLabelWithArticle(getMetric(catalogue, empty[0]))} is 0, so relative changes to it cannot be computed`
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  return Object.fromEntries(weights.map(([name, weight]) => [name, { weight: weight / total, reference: read(name)! }]))
}

/** The metrics that a target consists of, if it is the weighted sum of an objective. */
export function findWeightedMetrics(
  target: MetricName,
  objective: Objective,
  agent: AgentProfile,
  catalogue: MetricCatalogue,
): WeightedMetrics | undefined {
  const weighed = target === weightedSumName ? computeWeightedMetrics(objective, agent, catalogue) : undefined
  return typeof weighed === 'string' ? undefined : weighed
}
