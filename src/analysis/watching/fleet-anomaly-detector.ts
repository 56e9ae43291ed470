import { type Anomaly, type AnomalyKind, anomalyKinds } from '../../model/anomaly.ts'
import { OptimizerError } from '../../model/errors.ts'
import type { MetricName } from '../../model/metric.ts'
import { type ComponentSeries, type RecordedChange, rankCauses } from '../causes/index.ts'
import { toBottleneckType, type WatchedMetric } from './describe-anomaly.ts'
import { computeExtraEvidence, sumEpisodes } from './false-alarms.ts'
import type { OpenAnomaly } from './open-anomaly.ts'
import { maxRememberedPoints } from './recent-values.ts'
import { SeriesAnomalyDetector, type SeriesState } from './series-anomaly-detector.ts'
import type { WatchedPoint } from './watched-point.ts'

export interface SavedSeries {
  component: string
  metric: MetricName
  state: SeriesState
}

export interface FleetAnomalyDetectorOptions {
  stepSeconds: number
  /** False alarms that the whole fleet may have a day. */
  falseAlarmsPerDay: number
  /** More series are not watched. */
  maxSeries?: number
  describeMetric(name: MetricName): WatchedMetric
}

/** By how much evidence for a kind of anomaly in a series has to be stronger, because people said that such ones are none. */
export type LearnedExtraEvidence = (component: string, metric: MetricName, kind: AnomalyKind) => number

/** Who sends messages to whom. */
export type MessageGraph = readonly (readonly [from: string, to: string])[]

/** The facts about a fleet beyond its series. */
export interface FleetContext {
  graph: MessageGraph
  /** Components that are not agents, such as hosts and processes: anything may depend on them. */
  shared: ReadonlySet<string>
  /** The changes before; `at` in milliseconds since the epoch. */
  recorded?: readonly RecordedChange[]
}

const dayMs = 86_400_000
/** A series there is no place for is counted for this long after its last value. */
const refusedMs = 3_600_000
/** A series that has not been measured for this many days is forgotten; sooner if its place is needed. */
const [forgottenAfterDays, replacedAfterDays] = [14, 1]
/** Components among which a cause is looked for. */
const maxSuspects = 60
/** How far from the symptom, in calls, a cause is looked for. */
const farthest = 3
/** Steps after its detection at which the causes of an anomaly are looked for again, because more is known. */
const reviewedAfter = [4, 16]
const causesShown = 3
/** Values before an anomaly among which its causes are looked for: many more would hide that metrics moved together in the few since then. */
const comparedPoints = 30

/** Watches all series of a fleet, step by step: pure, and all that it knows can be saved. */
export class FleetAnomalyDetector {
  private readonly options: FleetAnomalyDetectorOptions
  private readonly series = new Map<string, SeriesAnomalyDetector>()
  private readonly maxSeries: number
  /** The series there was no place for, each with the last time that it had a value. */
  private readonly refused = new Map<string, number>()
  /** Whether a saved state could not be used, because it is of another step or of an earlier version, for instance. */
  hasBegunAnew = false

  /** @param saved states that cannot be used begin again */
  constructor(options: FleetAnomalyDetectorOptions, saved: readonly SavedSeries[] = []) {
    this.options = options
    this.maxSeries = options.maxSeries ?? Number.POSITIVE_INFINITY
    this.restore(saved)
  }

  /** Adds series that were saved. Many are better restored in several calls, because it takes 0.2 ms for each. */
  restore(saved: readonly SavedSeries[]): void {
    for (const { component, metric, state } of saved) if (this.add(component, metric, state)?.isNew) this.hasBegunAnew = true
  }

  get size(): number {
    return this.series.size
  }

  /** How many series of the last hour there was no place for. Many series have values in some steps only. */
  get unwatched(): number {
    return this.refused.size
  }

  /**
   * Takes the values of one step.
   * @param at the end of the step, milliseconds since the epoch
   * @returns anomalies that have begun, or may be explained better by now, and those that have ended
   */
  step(
    at: number,
    points: readonly WatchedPoint[],
    learned: LearnedExtraEvidence = () => 0,
  ): { began: OpenAnomaly[]; toReview: OpenAnomaly[]; ended: Anomaly[] } {
    this.forgetUnmeasured(at)
    const fleet = sumEpisodes([...this.series.values()].map(({ episodes }) => episodes))
    const ended: Anomaly[] = []
    const began: OpenAnomaly[] = []
    for (const { component, metric, value, ...origin } of [...points, ...this.listMissing(points)]) {
      const key = keyOf(component, metric)
      const watch = this.series.get(key) ?? this.add(component, metric)?.watch
      if (!watch) {
        this.refused.set(key, at)
        continue
      }
      this.refused.delete(key)
      const caution = {
        ofFleet: computeExtraEvidence(watch.episodes, fleet, this.options),
        learned: (kind: AnomalyKind) => learned(component, metric, kind),
      }
      const change = watch.next(at, value, caution, origin)
      if (change.began) began.push(watch.open!)
      if (change.ended) ended.push(change.ended)
    }
    for (const watch of this.series.values()) {
      const expired = watch.expire(at)
      if (expired) ended.push(expired)
    }
    const stepMs = 1_000 * this.options.stepSeconds
    const toReview = this.listOpen().filter(({ detectedAt }) => reviewedAfter.includes(Math.round((at - detectedAt) / stepMs)))
    return { began, toReview, ended }
  }

  /** The points that were expected in a step with executions of their agent and did not arrive, without a value. */
  private listMissing(points: readonly WatchedPoint[]): WatchedPoint[] {
    const workers = new Set(points.filter(({ isOfWork }) => isOfWork).map(({ component }) => component))
    const known = new Set(points.map(({ component, metric }) => keyOf(component, metric)))
    return [...this.series].flatMap(([key, watch]) => {
      const { component, metric } = watch.name
      if (!workers.has(component) || known.has(key)) return []
      const missing = { component, metric: metric.name, value: null }
      if (watch.isExpected) return [{ ...missing, isOfWork: true }]
      return watch.isOverdueAfterExecutions() ? [missing] : []
    })
  }

  private forgetUnmeasured(at: number): void {
    const days = this.series.size < this.maxSeries ? forgottenAfterDays : replacedAfterDays
    for (const [key, watch] of this.series) if (watch.isUnmeasuredFor(days * dayMs, at)) this.series.delete(key)
    for (const [key, latest] of this.refused) if (at - latest >= refusedMs) this.refused.delete(key)
  }

  listOpen(): OpenAnomaly[] {
    return [...this.series.values()].flatMap(({ open }) => open ?? [])
  }

  /** Removes the anomaly that is open in a series, because it is none. */
  dismiss(component: string, metric: MetricName): void {
    this.series.get(keyOf(component, metric))?.forget()
  }

  save(): SavedSeries[] {
    return [...this.listStates()]
  }

  /** The same, each series when it is asked for. */
  *listStates(): Generator<SavedSeries> {
    for (const { name, state } of this.series.values()) yield { component: name.component, metric: name.metric.name, state }
  }

  /** The latest values of a series up to a time, the newest last. */
  valuesUntil(component: string, metric: MetricName, at: number): (number | null)[] {
    return this.series.get(keyOf(component, metric))?.valuesUntil(at, maxRememberedPoints) ?? []
  }

  /** The components that one depends on within a few calls. */
  listDependencies(component: string, graph: MessageGraph): Set<string> {
    const found = listReachable(component, graph)
    found.delete(component)
    return found
  }

  /** Looks for the causes of an open anomaly. */
  findCauses(anomaly: OpenAnomaly, at: number, { graph, shared, recorded = [] }: FleetContext): void {
    const stepMs = 1_000 * this.options.stepSeconds
    const suspects = this.listSuspects(anomaly.component, graph, shared)
    const indexOf = (time: number) => maxRememberedPoints - 1 - (at - time) / stepMs
    const since = Math.round(indexOf(anomaly.since))
    const first = findFirst(this.valuesUntil(anomaly.component, anomaly.metric, at), since)
    const series: ComponentSeries[] = [...this.series.values()]
      .filter(({ name }) => suspects.has(name.component))
      .map((watch) => ({
        component: watch.name.component,
        metric: watch.name.metric.name,
        worse: watch.name.metric.direction === 'lower' ? 1 : -1,
        values: watch.valuesUntil(at, maxRememberedPoints).slice(first),
      }))
    const changes = recorded.map((change) => ({ ...change, at: indexOf(change.at) - first }))
    try {
      anomaly.causes = rankCauses({ series, graph, since: since - first, symptom: anomaly, changes }).slice(0, causesShown)
      anomaly.type = toBottleneckType(anomaly)
    } catch (error) {
      // Too little is known of it, or it began too long ago.
      if (!(error instanceof OptimizerError)) throw error
    }
  }

  /**
   * The components that an agent depends on, its senders, and those that agents share; for a shared one, all, since anything may use it. Those
   * with anomalies first. An agent that it has nothing to do with is none: by chance, or for a reason that both have, it changed at the same time.
   */
  private listSuspects(component: string, graph: MessageGraph, shared: ReadonlySet<string>): Set<string> {
    const watched = new Set([...this.series.values()].map(({ name }) => name.component))
    const callers = graph.filter(([, to]) => to === component).map(([from]) => from)
    const related = shared.has(component)
      ? watched
      : [...listReachable(component, graph), ...callers, ...watched.intersection(shared)]
    const unusual = new Set(this.listOpen().map((open) => open.component))
    const byInterest = [...related].toSorted((a, b) => Number(unusual.has(b)) - Number(unusual.has(a)))
    return new Set([...new Set([component, ...byInterest])].slice(0, maxSuspects))
  }

  private add(
    component: string,
    metric: MetricName,
    saved?: SeriesState,
  ): { watch: SeriesAnomalyDetector; isNew: boolean } | undefined {
    if (this.series.size >= this.maxSeries) return undefined
    const name = { component, metric: this.options.describeMetric(metric) }
    const added = restore(name, this.options.stepSeconds, saved)
    this.series.set(keyOf(component, metric), added.watch)
    return added
  }
}

/** The index of the first of the last known values before `since` that an anomaly is compared with. */
function findFirst(values: readonly (number | null)[], since: number): number {
  let known = 0
  let first = Math.max(0, since)
  for (; first > 0 && known < comparedPoints; first--) if (values[first - 1] !== null) known++
  return first
}

const keyOf = (component: string, metric: MetricName) => `${metric} of ${component}`

function restore(
  name: SeriesAnomalyDetector['name'],
  stepSeconds: number,
  saved?: SeriesState,
): { watch: SeriesAnomalyDetector; isNew: boolean } {
  try {
    return { watch: new SeriesAnomalyDetector(name, stepSeconds, saved), isNew: saved === undefined }
  } catch (error) {
    if (!(error instanceof OptimizerError)) throw error
    return { watch: new SeriesAnomalyDetector(name, stepSeconds), isNew: true }
  }
}

/** A component and what it depends on within a few calls. */
function listReachable(component: string, graph: MessageGraph): Set<string> {
  const callees = Map.groupBy(graph, ([from]) => from)
  const found = new Set([component])
  let border = [component]
  for (let distance = 0; distance < farthest; distance++) {
    border = border.flatMap((from) => callees.get(from)?.map(([, to]) => to) ?? []).filter((to) => !found.has(to))
    for (const each of border) found.add(each)
  }
  return found
}

/** The caution that dismissed anomalies teach: at least theirs for the same kind, half of it for the other kinds of the series. */
export function learnFromDismissals(
  dismissed: readonly { component: string; metric: MetricName; kind: AnomalyKind; caution: number }[],
): LearnedExtraEvidence {
  const byKey = new Map<string, number>()
  for (const { component, metric, kind, caution } of dismissed)
    for (const each of anomalyKinds) {
      const key = `${each} ${keyOf(component, metric)}`
      byKey.set(key, Math.max(byKey.get(key) ?? 0, each === kind ? caution : caution / 2))
    }
  return (component, metric, kind) => byKey.get(`${kind} ${keyOf(component, metric)}`) ?? 0
}
