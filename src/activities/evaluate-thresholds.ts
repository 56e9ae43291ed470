import { advanceCondition, findRaisedLevel } from '../analysis/observing/alerting.ts'
import {
  type AlertLevel,
  type AlertMetric,
  type AlertThreshold,
  type AlertThresholds,
  directionOf,
  findAlertMetric,
} from '../model/alert-threshold.ts'
import type { Severity } from '../model/bottleneck.ts'
import { formatMetricValue } from '../model/format.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { listAlertConditions, listObserved, type RecordedCondition, replaceAlertConditions } from '../store/alert-conditions.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { findGaps, gapIntervals } from '../store/monitoring-gaps.ts'

/** An alert ends when its metric has had no value for this long; until then it stays, because missing data is no improvement. */
const rememberedMs = 3_600_000

const severities = { warning: 'medium', critical: 'critical' } as const satisfies Record<string, Severity>

/** The thresholds, and how far values are usually apart. */
interface Rules {
  thresholds: AlertThresholds
  catalogue: MetricCatalogue
  /** Between two readings of a component, milliseconds. */
  monitoringMs: number
  /** Between two cycles at most, which is when metrics of agents are collected, milliseconds. */
  cycleMs: number
}

/** Compares the newest values of agents and components with the thresholds (D5), and raises and resolves the alerts. */
export async function evaluateThresholds(
  db: Database,
  { thresholds, catalogue, monitoringMs, cycleMs }: Rules,
  now = Date.now(),
): Promise<void> {
  const since = new Date(now - rememberedMs)
  // What was recorded before the clock was set back says nothing of the present.
  const until = new Date(now + toleratedSkewMs)
  const [observed, known] = await Promise.all([listObserved(db, since, until), listAlertConditions(db)])
  const conditions: RecordedCondition[] = []
  const alerts: Parameters<typeof replaceAlerts>[2][number][] = []
  for (const [name, threshold] of Object.entries(thresholds)) {
    const metric = findAlertMetric(name, catalogue)
    if (!metric) continue
    const before = new Map(known.filter((condition) => condition.metric === metric.name).map((each) => [each.component, each]))
    const values = new Map<string, { value: number; at: Date; isAgent?: boolean }>()
    for (const { component, seenAt: at, state } of before.values())
      if (at >= since && at <= until) values.set(component, { value: state.value, at })
    for (const { component, values: seen, at, isAgent } of observed) {
      const value = seen[metric.name]
      if (value !== undefined) values.set(component, { value, at, isAgent })
    }
    const silences = [...values].flatMap(([component, { at, isAgent }]) => {
      const since = before.get(component)?.seenAt
      return since && threshold.for > 0 ? [{ component, metric: metric.name, since, until: at, isAgent }] : []
    })
    const gaps = [
      ...silences.filter(({ since, until, isAgent }) => isAgent && until.getTime() - since.getTime() > gapIntervals * cycleMs),
      ...(await findGaps(
        db,
        silences.filter(({ isAgent }) => !isAgent),
        monitoringMs,
        () => true,
      )),
    ]
    const afterGap = new Set(gaps.map(({ component }) => component))
    for (const [component, { value, at }] of values) {
      const known = before.get(component)?.state.levels ?? {}
      const levels = advanceCondition(known, threshold, metric, value, at.getTime(), afterGap.has(component))
      if (Object.keys(levels).length > 0)
        conditions.push({ component, metric: metric.name, state: { levels, value }, seenAt: at })
      const level = findRaisedLevel(levels)
      if (level) alerts.push(describeAlert(component, metric, value, threshold, level))
    }
  }
  await replaceAlertConditions(db, conditions)
  await replaceAlerts(db, 'threshold', alerts)
}

function describeAlert(component: string, metric: AlertMetric, value: number, threshold: AlertThreshold, level: AlertLevel) {
  const show = (value: number) => formatMetricValue(metric, value)
  const side = directionOf(threshold, metric)
  return {
    component: `${metric.name} of ${component}`,
    severity: severities[level],
    message: `The ${metric.label} of ${component} is ${show(value)}, ${side} the ${level} limit of ${show(threshold[level]!)}.`,
    metric: metric.name,
    subject: component,
  }
}
