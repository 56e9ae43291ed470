/** Whether an agent is within the bounds of its objective, by its profile. */
import { formatMetricValue } from '../../model/format.ts'
import { getMetric, type Metric, type MetricCatalogue, toMetricKind } from '../../model/metric.ts'
import type { Bound, Objective } from '../../model/objective.ts'
import { describeBound } from '../../model/objective-text.ts'
import { type AgentProfile, findAgentProfileValue } from '../../model/profile.ts'
import { getQuantileName } from '../../model/quantile.ts'
import { worthwhileEffect } from '../statistics/worthwhile-effect.ts'

/** A bound that an agent violates. */
export interface BoundViolation {
  metric: Metric
  /** The value now, in the metric's unit. */
  value: number
  /** How far beyond: percent of the limit for a quantity, points for a share. */
  excess: number
  /** "at least 80%", "at most 3000 ms at the 95th percentile" */
  bound: string
}

/** A violation in a sentence without its full stop, such as "bot quality score is 73% (bound: at least 80%)". */
export const describeViolation = (agentId: string, { metric, value, bound }: BoundViolation) =>
  `${agentId} ${metric.label} is ${formatMetricValue(metric, value)} (bound: ${bound})`

/** The present value that a bound is about; undefined if it is not reported. */
export function readBoundedValue({ metric, quantile }: Bound, agent: AgentProfile): number | undefined {
  return findAgentProfileValue(getQuantileName(metric, quantile), agent)
}

/** The bounds that an agent violates by more than the tolerance, and not by chance, worst first. */
export function findBoundViolations(
  { subjectTo }: Pick<Objective, 'subjectTo'>,
  agent: AgentProfile,
  catalogue: MetricCatalogue,
): BoundViolation[] {
  return subjectTo
    .flatMap((bound) => {
      const value = readBoundedValue(bound, agent)
      if (value === undefined) return []
      const metric = getMetric(catalogue, bound.metric)
      const excess = computeBoundExcess(bound, value, metric)
      return excess > 0 && !isPlausiblyWithin(bound, agent)
        ? [{ metric, value, excess: 100 * excess, bound: describeBound(bound, metric) }]
        : []
    })
    .sort((a, b) => b.excess - a.excess)
}

/** How far a value is beyond a bound, if by more than what is tolerated: a ratio of the limit for a quantity, a share for a proportion; else 0. */
export function computeBoundExcess(bound: Bound, value: number, metric: Metric): number {
  const kind = toMetricKind(metric.kind)
  const { limit, beyond } = distanceBeyond(bound, value)
  const excess = kind === 'proportion' ? beyond : beyond / Math.max(Math.abs(limit), 1e-12)
  return excess > (bound.tolerance ?? worthwhileEffect[kind]) ? excess : 0
}

function distanceBeyond({ min = -Infinity, max = Infinity }: Bound, value: number) {
  return value < min ? { limit: min, beyond: min - value } : { limit: max, beyond: value - max }
}

/** Whether few executions may have put an agent beyond a bound by chance, although it keeps it. */
function isPlausiblyWithin(bound: Bound, { plausible = {} }: AgentProfile): boolean {
  const { min = -Infinity, max = Infinity } = bound
  const range = plausible[getQuantileName(bound.metric, bound.quantile)]
  if (!range) return false
  const { low = -Infinity, high = Infinity } = range
  return low <= max && high >= min
}
