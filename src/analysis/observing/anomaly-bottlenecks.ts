import type { Anomaly } from '../../model/anomaly.ts'
import { findExternalCause } from '../../model/anomaly.ts'
import { explainAnomaly } from '../../model/anomaly-text.ts'
import { type Bottleneck, isAnomalyType, severityRank } from '../../model/bottleneck.ts'
import { systemMetrics } from '../../model/bottleneck-rule.ts'
import { getChangeUnit, getMetric, type MetricCatalogue } from '../../model/metric.ts'
import { roundToDecimals } from '../statistics/rounding.ts'

const fixes: Record<string, string> = {
  response_time_anomaly: 'Find what changed at that time, and tune the agent for it',
  error_burst: 'Find what has been failing since then, and undo what caused it',
  slow_drift: 'Find what is growing or wearing out before it crosses a threshold',
  stuck_metric: 'Check whether the metric is still measured',
  metric_dropout: 'Check why it is no longer reported',
  resource_anomaly: 'Find what has been using the resource since then, and reduce its load',
  metric_anomaly: 'Find what changed at that time',
}

/**
 * The open anomalies for the worse, as bottlenecks (D3): most severe first, then in order of occurrence. The impact is the change in percent of
 * a quantity, in points of a share.
 */
export function detectAnomalyBottlenecks(anomalies: readonly Anomaly[], catalogue: MetricCatalogue): Bottleneck[] {
  const worse = anomalies
    .filter(({ isWorse, endedAt }) => isWorse && endedAt === null)
    .toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity] || a.since - b.since)
  return worse.map((anomaly) => {
    const { component, metric: name, type, severity } = anomaly
    const metric = systemMetrics.get(name) ?? getMetric(catalogue, name)
    const cause = findExternalCause(anomaly)
    return {
      type,
      severity,
      affectedComponent: component,
      description: explainAnomaly(anomaly, metric),
      impact: roundToDecimals(computeImpact(anomaly, metric.kind === 'proportion')),
      impactUnit: getChangeUnit(metric.kind),
      suggestedFix: cause ? `Relieve ${cause.component}, the probable cause, rather than ${component}` : fixes[type]!,
      metric: name,
    }
  })
}

/** Of the anomalies of each type and component the first, which is acted on, and the others. Other bottlenecks are among the first. */
export function separateFirstAnomalies(bottlenecks: readonly Bottleneck[]): {
  first: Bottleneck[]
  others: { bottleneck: Bottleneck; behind: Bottleneck }[]
} {
  const byKey = new Map<string, Bottleneck>()
  const first: Bottleneck[] = []
  const others: { bottleneck: Bottleneck; behind: Bottleneck }[] = []
  for (const bottleneck of bottlenecks) {
    const key = `${bottleneck.type} of ${bottleneck.affectedComponent}`
    const behind = byKey.get(key)
    if (behind) others.push({ bottleneck, behind })
    else {
      first.push(bottleneck)
      if (isAnomalyType(bottleneck.type)) byKey.set(key, bottleneck)
    }
  }
  return { first, others }
}

const maxPercent = 1_000

function computeImpact({ kind, before, value }: Anomaly, inPoints: boolean): number {
  if (kind === 'stuck') return 0
  if (value === null) return 100
  const change = Math.abs(value - before) * 100
  return inPoints ? change : Math.min(maxPercent, change / Math.max(Math.abs(before), 1e-12))
}
