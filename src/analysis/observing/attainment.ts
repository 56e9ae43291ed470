import { type Metric, type StandardMetric, standardMetrics, toMetricKind } from '../../model/metric.ts'
import { type AgentProfile, findAgentProfileValue } from '../../model/profile.ts'
import type { Thresholds } from '../../model/thresholds.ts'

/** Milliseconds for times, otherwise ratios. */
function getThreshold(metric: StandardMetric, thresholds: Thresholds): number {
  return metric === 'responseTime' ? thresholds.responseTimeMs : thresholds[metric]
}

/** How well a value meets its threshold: 1 if exactly, above 1 with a margin, below 1 if it misses it. */
function computeAttainment(metric: StandardMetric, value: number, thresholds: Thresholds): number {
  const threshold = getThreshold(metric, thresholds)
  return metric === 'responseTime' ? threshold / Math.max(value, 1) : value / threshold
}

/** No change makes a time or a cost 0; percent. */
const maxOfQuantity = 95

/** The largest gain of a metric that may be predicted: percent of a quantity, points of a rate or score. */
export function computeHeadroom({ name, kind, direction }: Metric, agent: AgentProfile): number {
  if (toMetricKind(kind) === 'continuous') return maxOfQuantity
  const share = findAgentProfileValue(name, agent) ?? (direction === 'higher' ? 0 : 1)
  return 100 * (direction === 'higher' ? 1 - share : share)
}

/** The agent's attainment of every reported metric, worst first. */
export function rankMetricsByAttainment(
  agent: AgentProfile,
  thresholds: Thresholds,
): { metric: StandardMetric; attainment: number }[] {
  return standardMetrics
    .flatMap((metric) => {
      const value = agent[metric]
      return value !== null && Number.isFinite(value)
        ? [{ metric, attainment: computeAttainment(metric, value, thresholds) }]
        : []
    })
    .sort((a, b) => a.attainment - b.attainment)
}
