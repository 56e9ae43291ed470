import { advanceCondition, findRaisedLevel } from '../analysis/observing/alerting.ts'
import { type AlertThresholds, directionOf, findAlertMetric } from '../model/alert-threshold.ts'
import type { Severity } from '../model/bottleneck.ts'
import { formatMetricValue } from '../model/format.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { listAlertConditions, listObserved, type RecordedCondition, replaceAlertConditions } from '../store/alert-conditions.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Without a value for this long, nothing is said about a metric any more; until then its alert stays, because missing data is no improvement. */
const rememberedMs = 3_600_000

const severities = { warning: 'medium', critical: 'critical' } as const satisfies Record<string, Severity>

/** Compares the newest values of agents and components with the thresholds (D5), and raises and resolves the alerts. */
export async function evaluateThresholds(
  db: Database,
  thresholds: AlertThresholds,
  catalogue: MetricCatalogue,
  now = Date.now(),
): Promise<void> {
  const since = new Date(now - rememberedMs)
  const [observed, known] = await Promise.all([listObserved(db, since), listAlertConditions(db)])
  const before = new Map(known.map((condition) => [`${condition.metric} of ${condition.component}`, condition]))
  const conditions: RecordedCondition[] = []
  const alerts: Parameters<typeof replaceAlerts>[2][number][] = []
  for (const [name, threshold] of Object.entries(thresholds)) {
    const metric = findAlertMetric(name, catalogue)
    if (!metric) continue
    for (const { component, values, at } of observed) {
      const value = values[metric.name]
      if (value === undefined) continue
      const identity = `${metric.name} of ${component}`
      const last = before.get(identity)
      const isNew = !last || last.seenAt < at
      const levels = isNew
        ? advanceCondition(last?.state.levels ?? {}, threshold, metric, value, at.getTime())
        : last.state.levels
      if (Object.keys(levels).length > 0)
        conditions.push({ component, metric: metric.name, state: { levels, value }, seenAt: at })
      const level = findRaisedLevel(levels)
      if (!level) continue
      const limit = threshold[level]!
      const side = directionOf(threshold, metric)
      const message = `The ${metric.label} of ${component} is ${formatMetricValue(metric, value)}, ${side} the ${level} limit of ${formatMetricValue(metric, limit)}.`
      alerts.push({ component: identity, severity: severities[level], message, metric: metric.name, subject: component })
    }
  }
  await replaceAlertConditions(db, conditions)
  await replaceAlerts(db, 'threshold', alerts)
}
