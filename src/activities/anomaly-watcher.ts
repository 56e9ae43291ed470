import { setImmediate } from 'node:timers/promises'
import { alarmEvidenceThreshold } from '../analysis/anomalies/index.ts'
import {
  explainOnset,
  FleetAnomalyDetector,
  learnFromDismissals,
  type OpenAnomaly,
  type SavedSeries,
} from '../analysis/watching/index.ts'
import { findAlertMetric } from '../model/alert-threshold.ts'
import { type Anomaly, findExternalCause } from '../model/anomaly.ts'
import type { AnomalySettings } from '../model/anomaly-settings.ts'
import { explainAnomaly } from '../model/anomaly-text.ts'
import { severityRank } from '../model/bottleneck.ts'
import { getMetric, type MetricCatalogue, type MetricName } from '../model/metric.ts'
import { toCleanText } from '../model/text.ts'
import { replaceAlerts } from '../store/alerts.ts'
import { listDismissedAnomalies, recordAnomalies } from '../store/anomalies.ts'
import {
  findEarliestExecutionTime,
  findLatestWatchTime,
  listAnomalySeries,
  listMessagePairs,
  markAllSeriesLearning,
  saveAnomalySeries,
} from '../store/anomaly-series.ts'
import { listChangeEvents } from '../store/change-events.ts'
import { listSharedComponents } from '../store/components.ts'
import type { Database } from '../store/database.ts'
import { listRecordedChanges } from './recorded-changes.ts'
import { loadStepPoints } from './series-points.ts'

/** Data that arrives later than this after the end of a step no longer counts. */
const settleMs = 5_000
/** Steps that are taken at once, to catch up. */
const stepsAtOnce = 40
/** Series that are restored at once: nothing else runs meanwhile. */
const restoredAtOnce = 50
/** Data that is older than this when the watching begins is ignored. */
const longestPastMs = 86_400_000
/** Messages are remembered for this long, as signs of who depends on whom. */
const pairsMs = 3_600_000
/** How long before an anomaly an event may have caused it. */
const eventsMs = 6 * 3_600_000
/** The lesson of a dismissed anomaly is halved after 30 days, and gone after this time. */
const teachingMs = 180 * 86_400_000
const halfLifeMs = 30 * 86_400_000
/** How long alerts wait for the explanations of their anomalies. */
const alertDelayMs = 2_000
/** By how much stronger than a dismissed anomaly the next one must be. */
const stronger = 0.5

/** Detects anomalies in all series of the fleet, step by step, and continues where it stopped. */
export class AnomalyWatcher {
  private readonly db: Database
  private readonly settings: AnomalySettings
  private readonly detector: FleetAnomalyDetector
  private readonly pairs: Map<string, { pair: [from: string, to: string]; at: number }>
  /** The number of the next step since the epoch. */
  private next: number
  private catalogue: MetricCatalogue
  /** Anomalies that wait for an explanation, with the end of the step in which they were found. */
  private readonly unexplained = new Map<OpenAnomaly, number>()
  /** When the series were last measured that are saved, milliseconds since the epoch. */
  private savedUntil: number | undefined

  private constructor(
    db: Database,
    settings: AnomalySettings,
    catalogue: MetricCatalogue,
    { next, savedUntil }: { next: number; savedUntil: number | undefined },
  ) {
    this.db = db
    this.settings = settings
    this.catalogue = catalogue
    this.detector = new FleetAnomalyDetector({ ...settings, describeMetric: (name) => this.describeMetric(name) })
    this.next = next
    this.savedUntil = savedUntil
    this.pairs = new Map()
  }

  /** Loads the saved state; data since then is processed first, at most that of the last day. */
  static async load(
    db: Database,
    settings: AnomalySettings,
    catalogue: MetricCatalogue,
    now = Date.now(),
  ): Promise<AnomalyWatcher> {
    const stepMs = 1_000 * settings.stepSeconds
    const oldest = now - longestPastMs
    const savedUntil = (await findLatestWatchTime(db))?.getTime()
    const until =
      savedUntil === undefined
        ? ((await findEarliestExecutionTime(db, new Date(oldest)))?.getTime() ?? now)
        : Math.max(oldest, savedUntil)
    const watcher = new AnomalyWatcher(db, settings, catalogue, { next: Math.floor(until / stepMs), savedUntil })
    for await (const rows of listAnomalySeries(db, restoredAtOnce))
      watcher.detector.restore(rows.map(({ state, ...name }) => ({ ...name, state: state as SavedSeries['state'] })))
    if (watcher.detector.hasBegunAnew) {
      // A fault that is present now must not become the normal state.
      watcher.next = Math.floor(oldest / stepMs)
      await markAllSeriesLearning(db)
    }
    watcher.addPairs(await listMessagePairs(db, new Date(now - pairsMs)), now)
    return watcher
  }

  /** Whether a step is over that was not taken yet. */
  isDue(now = Date.now()): boolean {
    return this.lastStep(now) > this.next
  }

  private lastStep(now: number): number {
    return Math.floor((now - settleMs) / (1_000 * this.settings.stepSeconds))
  }

  /**
   * Takes the steps that are over, at most forty; records anomalies, and raises and resolves their alerts.
   */
  async advance(catalogue: MetricCatalogue, now = Date.now()): Promise<void> {
    this.catalogue = catalogue
    const stepMs = 1_000 * this.settings.stepSeconds
    const last = this.lastStep(now)
    const end = Math.min(last, this.next + stepsAtOnce)
    if (end <= this.next) return
    const { pointsOf, pairs } = await loadStepPoints(
      this.db,
      { first: this.next, end, stepSeconds: this.settings.stepSeconds },
      catalogue,
    )
    this.addPairs(pairs, end * stepMs)
    const dismissed = await listDismissedAnomalies(this.db, new Date(now - teachingMs))
    for (const { anomaly } of dismissed)
      if (this.detector.listOpen().some((open) => isSame(open, anomaly))) this.detector.dismiss(anomaly.component, anomaly.metric)
    const learned = learnFromDismissals(dismissed.map(({ anomaly, dismissedAt }) => teach(anomaly, now - dismissedAt.getTime())))
    const ended: Anomaly[] = []
    for (; this.next < end; this.next++) {
      const at = (this.next + 1) * stepMs
      const step = this.detector.step(at, pointsOf(this.next), learned)
      ended.push(...step.ended)
      for (const anomaly of [...step.began, ...step.toReview]) this.unexplained.set(anomaly, at)
      // Who catches up has time: nothing is alerted meanwhile.
      if (end < last) await this.explain()
      await setImmediate()
    }
    // Most are explained before they are alerted. In an outage with hundreds of anomalies, alerts do not wait for their explanations.
    await this.explain(alertDelayMs)
    const open = this.detector.listOpen()
    // Until all is looked at again, what was on record before a restart may go on.
    await recordAnomalies(this.db, { open, ended, ...(end === last && { endsOthersAt: end * stepMs }) })
    // Anomalies that ended long ago must not raise alerts.
    if (end < last) return
    await this.alert(open)
    if (this.unexplained.size === 0) return
    await this.explain(stepMs / 2)
    await recordAnomalies(this.db, { open, ended: [] })
    await this.alert(open)
  }

  private async alert(open: readonly OpenAnomaly[]): Promise<void> {
    const alerts = open.filter(({ isWorse }) => isWorse).map((anomaly) => this.toAlert(anomaly))
    await replaceAlerts(this.db, 'anomaly', [...alerts, ...this.alertOfUnwatched()])
  }

  /**
   * Explains anomalies that have begun or are to be reviewed, the most severe ones first.
   * @param budgetMs what is left after this time waits for the next call
   */
  private async explain(budgetMs = Number.POSITIVE_INFINITY): Promise<void> {
    const until = performance.now() + budgetMs
    const open = new Set(this.detector.listOpen())
    const bySeverity = [...this.unexplained].toSorted(([a], [b]) => severityRank[b.severity] - severityRank[a.severity])
    for (const [anomaly, at] of bySeverity) {
      if (performance.now() >= until) return
      this.unexplained.delete(anomaly)
      if (open.has(anomaly)) await this.explainOne(anomaly, at)
    }
  }

  /** Saves the whole state. Values after the last save are processed again after a restart. */
  async save(): Promise<void> {
    const until = this.next * 1_000 * this.settings.stepSeconds
    let latest: number | undefined
    const rows = this.detector.listStates().map((series) => {
      const watchedUntil = series.state.latest ?? until
      latest = Math.max(latest ?? watchedUntil, watchedUntil)
      return { ...series, watchedUntil: new Date(watchedUntil), isLearning: series.state.detector.first !== null }
    })
    await saveAnomalySeries(this.db, rows)
    this.savedUntil = latest
  }

  /** Whether what is saved is its own; if not, another worker has watched since. */
  async isSaver(): Promise<boolean> {
    return (await findLatestWatchTime(this.db))?.getTime() === this.savedUntil
  }

  /** Ends all open anomalies, because they are no longer being watched; what is usual stays known. */
  async end(): Promise<void> {
    for (const { component, metric } of this.detector.listOpen()) this.detector.dismiss(component, metric)
    await this.save()
  }

  private async explainOne(anomaly: OpenAnomaly, at: number): Promise<void> {
    const graph = [...this.pairs.values()].map(({ pair }) => pair)
    const { component, metric, since } = anomaly
    const from = since - eventsMs
    const dependencies = this.detector.listDependencies(component, graph)
    const suspects = [component, ...dependencies]
    const events = await listChangeEvents(this.db, new Date(from), new Date(at), suspects)
    if (anomaly.isWorse) {
      const recorded = await listRecordedChanges(this.db, events, { suspects, from, since })
      this.detector.findCauses(anomaly, at, { graph, shared: await listSharedComponents(this.db), recorded })
    }
    const series = {
      values: this.detector.valuesUntil(component, metric, at),
      at,
      stepMs: 1_000 * this.settings.stepSeconds,
    }
    anomaly.events = explainOnset(anomaly, series, events, dependencies)
  }

  private addPairs(pairs: readonly [from: string, to: string][], at: number): void {
    for (const pair of pairs) this.pairs.set(pair.join(' '), { pair, at })
    for (const [key, known] of this.pairs) if (known.at < at - pairsMs) this.pairs.delete(key)
  }

  private describeMetric(name: MetricName) {
    return findAlertMetric(name, this.catalogue) ?? getMetric(this.catalogue, name)
  }

  private alertOfUnwatched() {
    const { unwatched } = this.detector
    if (unwatched === 0) return []
    const message = `About ${Number(unwatched.toPrecision(1))} metric series are not watched for anomalies, because the limit is ${this.settings.maxSeries} (anomalies.maxSeries).`
    return [{ component: 'anomaly detection', severity: 'low' as const, message }]
  }

  private toAlert(anomaly: Anomaly) {
    const { component, metric, severity } = anomaly
    return {
      component: `${metric} of ${component}`,
      severity,
      message: toCleanText(explainAnomaly(anomaly, this.describeMetric(metric))),
      metric,
      // Reactions address the cause.
      subject: findExternalCause(anomaly)?.component ?? component,
    }
  }
}

const isSame = (a: Anomaly, b: Anomaly) => a.component === b.component && a.metric === b.metric && a.since === b.since

/** The caution learned from a dismissed anomaly, which fades. */
const teach = ({ component, metric, kind, evidence }: Anomaly, agoMs: number) => ({
  component,
  metric,
  kind,
  caution: Math.max(0, evidence - alarmEvidenceThreshold + stronger) * 0.5 ** (agoMs / halfLifeMs),
})
