/** Objectives in words, and in the notation of the command line. */
import { OptimizerError } from './errors.ts'
import { formatMetricValue, joinWithAnd } from './format.ts'
import { findBuiltInMetric, getChangeUnit, type Metric, type MetricDeclaration } from './metric.ts'
import type { Bound, BoundInput, Objective, ObjectiveScope } from './objective.ts'
import { getWeights } from './weights.ts'

/** "at least 80%", "at most 3000 ms at the 95th percentile" */
export function describeBound(
  { quantile, min, max }: { quantile?: number; min?: number; max?: number },
  metric: Pick<MetricDeclaration, 'kind' | 'unit'>,
): string {
  const where = quantile === undefined ? '' : ` at the ${Math.round(100 * quantile)}th percentile`
  const limits = [
    ...(min === undefined ? [] : [`at least ${formatMetricValue(metric, min)}`]),
    ...(max === undefined ? [] : [`at most ${formatMetricValue(metric, max)}`]),
  ]
  return `${limits.join(' and ')}${where}`
}

/** Parses `qualityScore>=0.8`, `qualityScore>=0.8~0.01` with a tolerance, or `p95(responseTime)<=3000`. @throws OptimizerError `invalid-input` */
export function parseBound(text: string): BoundInput {
  const [, quantile, quantified, plain, sign, limit, tolerance] =
    /^\s*(?:p(\d+(?:\.\d+)?)\(\s*([\w.-]+)\s*\)|([\w.-]+))\s*([<>]=)\s*(-?[\d.]+(?:e-?\d+)?)\s*(?:~\s*([\d.]+(?:e-?\d+)?)\s*)?$/i.exec(
      text,
    ) ?? []
  const value = Number(limit)
  const metric = quantified ?? plain
  if (metric === undefined || !Number.isFinite(value) || Number.isNaN(Number(tolerance ?? 0)))
    throw new OptimizerError(
      'invalid-input',
      `${text} is not a bound; write it like 'qualityScore>=0.8', 'p95(responseTime)<=3000', or with a tolerance 'qualityScore>=0.8~0.01'.`,
    )
  return {
    metric,
    ...(quantile !== undefined && { quantile: (Number(quantile) / 100) as Bound['quantile'] }),
    ...(sign === '>=' ? { min: value } : { max: value }),
    ...(tolerance !== undefined && { tolerance: Number(tolerance) }),
  }
}

/** Parses a metric, or a quantile of it: `costUsd`, `p95(responseTime)`. */
export function parseGoal(text: string): { metric: string; quantile?: Objective['quantile'] } {
  const [, quantile, metric] = /^\s*p(\d+(?:\.\d+)?)\(\s*([\w.-]+)\s*\)\s*$/i.exec(text) ?? []
  return metric === undefined ? { metric: text } : { metric, quantile: (Number(quantile) / 100) as Objective['quantile'] }
}

/** "costUsd", "p95(responseTime)" */
export const formatMetricWithQuantile = (metric: string, quantile: number | undefined) =>
  quantile === undefined ? metric : `p${Math.round(100 * quantile)}(${metric})`

/** "qualityScore>=0.8", "p95(responseTime)<=3000", "costUsd<=0.02~0.01" with a tolerance */
export function formatBounds({ metric, quantile, min, max, tolerance }: Bound): string[] {
  const of = formatMetricWithQuantile(metric, quantile)
  const beyond = tolerance === undefined ? '' : `~${tolerance}`
  return [...(min === undefined ? [] : [`${of}>=${min}${beyond}`]), ...(max === undefined ? [] : [`${of}<=${max}${beyond}`])]
}

/** "minimize costUsd, subject to qualityScore>=0.8, p95(responseTime)<=3000, tolerating successRate=1" */
export function describeObjective(objective: Objective): string {
  const { subjectTo, tolerate } = objective
  const bounds = subjectTo.flatMap(formatBounds)
  const losses = formatNumbers(tolerate)
  return [
    describeGoal(objective),
    ...(bounds.length > 0 ? [`subject to ${bounds.join(', ')}`] : []),
    ...(losses.length > 0 ? [`tolerating ${losses.join(', ')}`] : []),
  ].join(', ')
}

/**
 * "the lowest cost, with quality score at least 80% and response time at most 3000 ms at the 95th percentile", for people.
 * @param find the metric of a name
 */
export function explainObjective(objective: Objective, find: (name: string) => Pick<Metric, 'label' | 'kind' | 'unit'>): string {
  const { minimize, maximize, quantile, weigh, subjectTo, tolerate } = objective
  const goal = minimize ?? maximize
  const where = quantile === undefined ? '' : ` at the ${Math.round(100 * quantile)}th percentile`
  const aim = weigh || !goal ? describeGoal(objective) : `the ${minimize ? 'lowest' : 'highest'} ${find(goal).label}${where}`
  const bounds = subjectTo.map((bound) => `${find(bound.metric).label} ${describeBound(bound, find(bound.metric))}`)
  const losses = Object.entries(tolerate).map(([name, loss]) => {
    const unit = getChangeUnit(find(name).kind) === 'points' ? (loss === 1 ? ' point' : ' points') : '%'
    return `${find(name).label} may lose ${loss}${unit}`
  })
  return [aim, ...(bounds.length > 0 ? [`with ${joinWithAnd(bounds)}`] : []), ...losses].join(', ')
}

function describeGoal({ minimize, maximize, quantile, weigh }: Objective): string {
  if (typeof weigh === 'string')
    return `improve the metrics of the preset ${weigh} together (${joinWithAnd(Object.keys(getWeights(weigh)).map(getLabel))})`
  if (weigh) return `improve ${joinWithAnd(Object.entries(weigh).map(describeWeight))} together`
  return minimize === undefined ? `maximize ${maximize}` : `minimize ${formatMetricWithQuantile(minimize, quantile)}`
}

/** "response time (weight 2)", or without the weight if it is 1 */
const describeWeight = ([name, weight]: [string, number]) => `${getLabel(name)}${weight === 1 ? '' : ` (weight ${weight})`}`

const getLabel = (name: string) => findBuiltInMetric(name)?.label ?? name

const formatNumbers = (numbers: Readonly<Record<string, number>>) =>
  Object.entries(numbers).map(([metric, number]) => `${metric}=${number}`)

/** "support-bot", "agents of kind support", "the whole fleet" */
export const describeScope = ({ agent, kind }: { [Part in keyof ObjectiveScope]?: string | null | undefined }) =>
  agent ?? (kind ? `agents of kind ${kind}` : 'the whole fleet')
