import { advanceConditionThrough, type TimedValue } from '../analysis/observing/alerting.ts'
import { multiCoreThresholdPercent } from '../analysis/observing/capacity.ts'
import {
  type AlertLevel,
  type AlertMetric,
  type AlertThreshold,
  type AlertThresholds,
  findAlertMetric,
  getBadSide,
} from '../model/alert-threshold.ts'
import type { Severity } from '../model/bottleneck.ts'
import { componentStatusLifetimeMs } from '../model/component.ts'
import { formatMetricValue } from '../model/format.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import type { MetricCatalogue, MetricName } from '../model/metric.ts'
import {
  listAlertConditions,
  listComponentsAboveLimit,
  listNewestValues,
  listReadingsBetween,
  type NewestMetricValues,
  type RecordedCondition,
  replaceAlertConditions,
} from '../store/alert-conditions.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { findMonitoringGaps, minGapIntervals } from '../store/monitoring-gaps.ts'

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

/** Values of a metric of a component, oldest first. */
interface Series {
  values: TimedValue[]
  isAgent?: boolean
}

/**
 * Compares values of agents and components with the thresholds (D5), and raises and resolves the alerts: of each component all readings since
 * the previous evaluation, or the newest if there was none.
 */
export class ThresholdEvaluator {
  readonly #db: Database
  /** The newest reading of each component that was compared, milliseconds since the epoch. */
  #compared = new Map<string, number>()

  constructor(db: Database) {
    this.#db = db
  }

  /** An alert ends when its metric has had no value for an hour; until then it stays, because missing data is not an improvement. */
  async evaluate({ thresholds, catalogue, monitoringMs, cycleMs }: Rules, now = Date.now()): Promise<void> {
    const db = this.#db
    const since = new Date(now - componentStatusLifetimeMs)
    // Values recorded before the clock was set back say nothing about the present.
    const until = new Date(now + toleratedSkewMs)
    const hasThresholds = Object.keys(thresholds).length > 0
    const [newest, known] = await Promise.all([listNewestValues(db, since, until), listAlertConditions(db)])
    const observed = [...(hasThresholds ? await this.#listBetween(newest) : []), ...newest]
    const conditions: RecordedCondition[] = []
    const alerts: Parameters<typeof replaceAlerts>[2][number][] = []
    for (const [name, threshold] of Object.entries(thresholds)) {
      const metric = findAlertMetric(name, catalogue)
      if (!metric) continue
      const before = new Map(known.filter((condition) => condition.metric === metric.name).map((each) => [each.component, each]))
      const kept = [...before.values()].filter(({ seenAt }) => seenAt >= since && seenAt <= until)
      const seen =
        metric.name === 'cpuPercent' ? await relateToCores(db, observed, threshold, since) : listSeries(observed, metric.name)
      const series = new Map<string, Series>([
        ...kept.map(({ component, seenAt, state }): [string, Series] => [
          component,
          { values: [{ value: state.value, at: seenAt.getTime() }] },
        ]),
        ...seen,
      ])
      const silences = [...series].flatMap(([component, { values, isAgent }]) => {
        const since = before.get(component)?.seenAt ?? new Date(values[0]!.at)
        const until = new Date(values.at(-1)!.at)
        return until > since && threshold.for > 0 ? [{ component, metric: metric.name, since, until, isAgent }] : []
      })
      const gaps = [
        ...silences.filter(
          ({ since, until, isAgent }) => isAgent && until.getTime() - since.getTime() > minGapIntervals * cycleMs,
        ),
        ...(await findMonitoringGaps(
          db,
          silences.filter(({ isAgent }) => !isAgent),
          monitoringMs,
          () => true,
        )),
      ]
      const gapsOf = Map.groupBy(gaps, ({ component }) => component)
      for (const [component, { values }] of series) {
        const gapEnds = (gapsOf.get(component) ?? []).map(({ until }) => until.getTime())
        const levelsBefore = before.get(component)?.state.levels ?? {}
        const { levels, raised } = advanceConditionThrough(levelsBefore, threshold, metric, values, gapEnds)
        const { value, at } = values.at(-1)!
        if (Object.keys(levels).length > 0)
          conditions.push({ component, metric: metric.name, state: { levels, value }, seenAt: new Date(at) })
        if (raised) alerts.push(describeAlert(component, metric, raised.value, threshold, raised.level))
      }
    }
    await replaceAlertConditions(db, conditions)
    await replaceAlerts(db, 'threshold', alerts)
    this.#compared = new Map(newest.flatMap(({ component, at, isAgent }) => (isAgent ? [] : [[component, at.getTime()]])))
  }

  /** The readings between those compared before and the newest, oldest first. */
  async #listBetween(newest: readonly NewestMetricValues[]): Promise<NewestMetricValues[]> {
    const spans = newest.flatMap(({ component, at, isAgent }) => {
      const from = this.#compared.get(component)
      return isAgent || from === undefined || from >= at.getTime() ? [] : [{ component, from: new Date(from), to: at }]
    })
    const components = new Map(newest.filter(({ isAgent }) => !isAgent).map((each) => [each.component, each]))
    const between = await listReadingsBetween(this.#db, spans)
    return between.map((reading) => ({ ...components.get(reading.component)!, ...reading }))
  }
}

/** The values of a metric by component; those of an agent replace those of a component of the same name. */
function listSeries(observed: readonly NewestMetricValues[], metric: MetricName): Map<string, Series> {
  const series = new Map<string, Series>()
  for (const { component, values, at, isAgent } of observed) {
    const value = values[metric]
    if (value === undefined) continue
    const before = series.get(component)
    const own = before && before.isAgent === isAgent ? before.values : []
    series.set(component, { values: [...own, { value, at: at.getTime() }], isAgent })
  }
  return series
}

/**
 * The CPU usage by component. That of a process is a share of one core, which is its limit until it is seen to use several; from then on, for
 * an hour, it is a share of all the cores that it may use, and nothing if their number is unknown.
 */
async function relateToCores(
  db: Database,
  observed: readonly NewestMetricValues[],
  { warning = Infinity, critical = Infinity }: AlertThreshold,
  since: Date,
): Promise<Map<string, Series>> {
  const series = listSeries(observed, 'cpuPercent')
  const processes = observed.filter(({ kind }) => kind === 'process' || kind === 'instance')
  const isBeyond = ({ values }: NewestMetricValues) =>
    (values.cpuPercent ?? 0) > Math.min(warning, critical, multiCoreThresholdPercent)
  const beyond = [...new Set(processes.filter(isBeyond).map(({ component }) => component))]
  for (const component of await listComponentsAboveLimit(db, beyond, {
    metric: 'cpuPercent',
    limit: multiCoreThresholdPercent,
    since,
  })) {
    const cores = processes.findLast((each) => each.component === component)?.values.cpuCores
    const { values } = series.get(component)!
    if (cores === undefined) series.delete(component)
    else series.set(component, { values: values.map(({ value, at }) => ({ value: value / cores, at })), isAgent: false })
  }
  return series
}

function describeAlert(component: string, metric: AlertMetric, value: number, threshold: AlertThreshold, level: AlertLevel) {
  const show = (value: number) => formatMetricValue(metric, value)
  const side = getBadSide(threshold, metric)
  return {
    component: `${metric.name} of ${component}`,
    severity: severities[level],
    message: `The ${metric.label} of ${component} is ${show(value)}, ${side} the ${level} limit of ${show(threshold[level]!)}.`,
    metric: metric.name,
    subject: component,
  }
}
