import type { Anomaly } from '../../model/anomaly.ts'
import { findForeignCause } from '../../model/anomaly.ts'
import { explainAnomaly } from '../../model/anomaly-text.ts'
import { type Bottleneck, severityRank } from '../../model/bottleneck.ts'
import { systemMetrics } from '../../model/bottleneck-rule.ts'
import { getChangeUnit, getMetric, type MetricCatalogue } from '../../model/metric.ts'
import { roundToDecimals } from '../statistics/rounding.ts'

const fixes: Record<string, string> = {
  response_time_anomaly: 'Find what changed at that time, and tune the agent for it',
  error_burst: 'Find what has been failing since then, and undo what caused it',
  slow_drift: 'Find what grows or wears out before a threshold is crossed',
  stuck_metric: 'Check whether the metric is still measured',
  metric_dropout: 'Check why it is no longer reported',
  resource_anomaly: 'Find what has been using the resource since then, and reduce its load',
  metric_anomaly: 'Find what changed at that time',
}

/**
 * The open anomalies for the worse, as bottlenecks (D3): for each type and component, the most severe one, or the first of equals. The impact is the change in percent of a quantity, in points of a share.
 */
export function detectAnomalyBottlenecks(anomalies: readonly Anomaly[], catalogue: MetricCatalogue): Bottleneck[] {
  const worse = anomalies
    .filter(({ isWorse, endedAt }) => isWorse && endedAt === null)
    .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity] || a.since - b.since)
  const first = new Map<string, Anomaly>()
  for (const anomaly of worse) {
    const key = `${anomaly.type} of ${anomaly.component}`
    if (!first.has(key)) first.set(key, anomaly)
  }
  return [...first.values()].map((anomaly) => {
    const { component, metric: name, type, severity } = anomaly
    const metric = systemMetrics.get(name) ?? getMetric(catalogue, name)
    const cause = findForeignCause(anomaly)
    return {
      type,
      severity,
      affectedComponent: component,
      description: explainAnomaly(anomaly, metric),
      impact: roundToDecimals(computeImpact(anomaly, metric.kind === 'proportion')),
      impactUnit: getChangeUnit(metric.kind),
      suggestedFix: cause ? `Relieve ${cause.component}, which probably causes it, rather than ${component}` : fixes[type]!,
      metric: name,
    }
  })
}

const mostPercent = 1_000

function computeImpact({ kind, before, value }: Anomaly, inPoints: boolean): number {
  if (kind === 'stuck') return 0
  if (value === null) return 100
  const change = Math.abs(value - before) * 100
  return inPoints ? change : Math.min(mostPercent, change / Math.max(Math.abs(before), 1e-12))
}
