import type { JudgedMetric } from '../../model/metric.ts'
import { metricTraits } from '../../model/metric.ts'
import { type AgentProfile, readProfileMetric } from '../../model/profile.ts'
import type { Thresholds } from '../../model/thresholds.ts'

/** The metrics that have a threshold. */
export const thresholdMetrics = ['responseTime', 'successRate', 'coordinationScore'] as const satisfies JudgedMetric[]
export type ThresholdMetric = (typeof thresholdMetrics)[number]

/** Milliseconds for times, otherwise ratios. */
export function getThreshold(metric: ThresholdMetric, thresholds: Thresholds): number {
  return metric === 'responseTime' ? thresholds.responseTimeMs : thresholds[metric]
}

/** How well a value meets its threshold: 1 if exactly, above 1 with a margin, below 1 if it misses it. */
export function computeAttainment(metric: ThresholdMetric, value: number, thresholds: Thresholds): number {
  const threshold = getThreshold(metric, thresholds)
  return metricTraits[metric].direction === 'lower' ? threshold / Math.max(value, 1) : value / threshold
}

/** No change makes a time or a cost 0; percent. */
const mostOfQuantity = 95

/** The largest gain of a metric that may be promised: percent of a quantity, points of a rate or score. */
export function computeHeadroom(metric: JudgedMetric, agent: AgentProfile): number {
  return metricTraits[metric].kind === 'continuous' ? mostOfQuantity : 100 * (1 - (readProfileMetric(metric, agent) ?? 0))
}

/** The agent's attainment of every reported metric, worst first. */
export function rankAttainments(agent: AgentProfile, thresholds: Thresholds): { metric: ThresholdMetric; attainment: number }[] {
  return thresholdMetrics
    .flatMap((metric) => {
      const value = agent[metric]
      return value !== null && Number.isFinite(value)
        ? [{ metric, attainment: computeAttainment(metric, value, thresholds) }]
        : []
    })
    .sort((a, b) => a.attainment - b.attainment)
}
