import type { Anomaly, AnomalyKind } from '../../model/anomaly.ts'
import { alarmEvidenceThreshold, createDetector, type Detector, type DetectorState } from '../anomalies/index.ts'
import { median, quantile } from '../statistics/summaries.ts'
import { isWorsening, rateSeverity, toBottleneckType, type WatchedMetric } from './describe-anomaly.ts'
import { addToEpisodes, createEpisodeRecord, type EpisodeRecord } from './false-alarms.ts'
import {
  determineLastingKind,
  hasPersisted,
  isBackToNormal,
  isClearlyUnusual,
  isConfirmed,
  type OpenAnomaly,
} from './open-anomaly.ts'
import { minPastValues, RecentValues, type SavedValues } from './recent-values.ts'
import {
  createReportingExpectation,
  isExpectedFromExecutions,
  isOverdueAfterExecutions,
  learnFromExecutions,
  learnFromValue,
  type ReportingExpectation,
} from './reporting-expectation.ts'
import type { WatchedPoint } from './watched-point.ts'

/** All that is known of one series, as JSON. */
export interface SeriesState {
  detector: DetectorState
  episodes: EpisodeRecord
  recent: SavedValues
  latest: number | null
  open: OpenAnomaly | null
  expectation: ReportingExpectation
  /** Points for which a fault, or its effect on what is computed over many points, is to be expected. */
  fading: number
}

/** By how much evidence must exceed that of an alarm. */
export interface EvidenceMargins {
  /** So that the fleet has no more false alarms than it may have. */
  ofFleet: number
  /** Because people said that anomalies of this kind are none. */
  learned(kind: AnomalyKind): number
}

/** What has begun, and when it turned from better to worse if it did. */
interface Beginning {
  kind: AnomalyKind
  since: number
  turnedAt?: number | undefined
}

export interface SeriesName {
  component: string
  metric: WatchedMetric
}

/** An anomaly is over after as many usual points in a row. */
const calmPoints = 8
/** A fault counts neither as usual nor as a false alarm, for as many points, because another one is to be found too; nor does what follows it. */
const [newNormalPoints, fadingPoints] = [500, 100]
const dayMs = 86_400_000
/** After a day, what was unusual is the new normal. */
const longestMs = dayMs
/** After the first day, the record of the points, which fades, holds this part of them. */
const knownDayShare = 0.95
/** What is suspected and has not lasted after as many points was chance, or is the course of the day. */
const suspectedPoints = 48
/** An anomaly of what is no longer measured is over after this time. */
const unmeasuredMs = 3_600_000
/** A change for the better has turned to the worse after as many points in a row: one may be chance. */
const turnPoints = 3

/** Kinds that the level of the values does not show. */
const withoutLevel: ReadonlySet<AnomalyKind> = new Set(['stuck', 'variance'])

/**
 * Watches one series: raises one anomaly for an event, and says when it is over. What is not evident enough for an alarm, and every change for the
 * better, is one if it lasts; if the series becomes worse after a change for the better, that ends it.
 */
export class SeriesAnomalyDetector {
  readonly name: SeriesName
  readonly stepMs: number
  readonly episodes: EpisodeRecord
  private readonly detector: Detector
  private readonly recent: RecentValues
  private readonly expectation: ReportingExpectation
  private latest: number | null
  private anomaly: OpenAnomaly | null
  private fading: number

  /** @throws OptimizerError `detector-state-version`, `detector-state-series` or `detector-state-invalid` */
  constructor(name: SeriesName, stepSeconds: number, saved?: SeriesState) {
    const { metric } = name
    this.name = name
    this.stepMs = 1_000 * stepSeconds
    const max = metric.kind === 'proportion' ? 1 : metric.unit === '%' ? 100 : null
    this.detector = createDetector({ metric: metric.name, stepSeconds, min: 0, max, ...(saved && { state: saved.detector }) })
    this.episodes = { ...(saved?.episodes ?? createEpisodeRecord()) }
    this.recent = new RecentValues(saved?.recent)
    this.latest = saved?.latest ?? null
    this.anomaly = saved?.open ?? null
    this.expectation = { ...(saved?.expectation ?? createReportingExpectation()) }
    this.fading = saved?.fading ?? 0
  }

  get open(): OpenAnomaly | null {
    return this.anomaly?.isPending ? null : this.anomaly
  }

  /** Whether what is usual by time of day is known: until then, every morning looks like a fault that lasts. */
  private get isDayKnown(): boolean {
    return this.episodes.points * this.stepMs >= knownDayShare * dayMs
  }

  /** Whether executions used to report it, or it is known that they no longer do. */
  get isExpected(): boolean {
    return isExpectedFromExecutions(this.expectation, this.open?.isWorse === true)
  }

  /** Whether it comes later than executions, and a step with executions and without a value makes it overdue. */
  isOverdueAfterExecutions(): boolean {
    return isOverdueAfterExecutions(this.expectation, this.stepMs)
  }

  /** Whether it has not been measured for some time; nothing is known of one that never was. */
  isUnmeasuredFor(ms: number, at: number): boolean {
    return this.latest === null || at - this.latest > ms
  }

  get state(): SeriesState {
    const { detector, episodes, recent, latest, anomaly, expectation, fading } = this
    return { detector: detector.state, episodes, recent: recent.saved, latest, open: anomaly, expectation, fading }
  }

  /**
   * The next point; one that is not later than the latest is ignored.
   * @param at milliseconds since the epoch
   * @param origin whether it is of the executions of the step, or missing there; by how much it is late, if it is of earlier ones
   * @returns what has begun or ended
   */
  next(
    at: number,
    value: number | null,
    caution: EvidenceMargins,
    { isOfWork = false, lateMs }: Pick<WatchedPoint, 'isOfWork' | 'lateMs'> = {},
  ): { began?: Anomaly; ended?: Anomaly } {
    if (this.latest !== null && at <= this.latest) return {}
    if (value !== null) {
      learnFromValue(this.expectation, this.stepMs, lateMs, !(this.open?.isWorse && this.open.kind === 'dropout'))
      this.recent.add(at, value)
    }
    if (isOfWork) learnFromExecutions(this.expectation, value !== null)
    this.latest = at
    this.setApart(at)
    /** A change for the better, which makes no alarm. */
    let better: Beginning | undefined
    /** One for the worse that may be chance. */
    let suspected: Beginning | undefined
    let turnedAt: number | undefined
    const { evidence, surprise, kind, since } = this.detector.next(
      { t: at, v: value },
      (kind, since) => {
        // The way back from better values to those before is no fault.
        const isBack = this.anomaly?.isWorse === false && value !== null && kind !== 'stuck'
        if (isBack || !this.isWorse(kind, since)) {
          turnedAt = this.findTurn(since)
          if (turnedAt === undefined) {
            better = { kind, since }
            return Number.POSITIVE_INFINITY
          }
        }
        suspected = { kind, since, turnedAt }
        return caution.ofFleet + caution.learned(kind)
      },
      this.fading > 0,
    )
    addToEpisodes(this.episodes, better ? 0 : evidence, this.stepMs / 1_000)
    if (this.fading > 0) this.episodes.peak = 0
    const { anomaly } = this
    if (kind && this.recent.length >= minPastValues && !this.open?.isWorse) {
      const ended = anomaly && !anomaly.isPending ? this.end(anomaly, at) : undefined
      // Late values have been missing for longer than they have been overdue.
      const missingSince = value === null && kind === 'dropout' ? this.recent.latestAt! + this.stepMs : undefined
      return { began: this.begin({ kind, since: missingSince ?? since ?? at, turnedAt }, at, evidence), ...(ended && { ended }) }
    }
    // An alarm while an anomaly goes on means that it has become worse.
    if (kind && anomaly) anomaly.worsenedAt = since ?? at
    if (anomaly) return this.follow(anomaly, { at, value, evidence, surprise })
    const isSuspected =
      suspected &&
      this.isDayKnown &&
      value !== null &&
      !withoutLevel.has(suspected.kind) &&
      evidence >= alarmEvidenceThreshold + caution.learned(suspected.kind)
    const pending = better ?? (isSuspected ? suspected : undefined)
    if (pending && this.recent.length >= minPastValues) this.begin(pending, at, evidence).isPending = true
    return {}
  }

  /** Keeps a fault, from its beginning, out of what counts as usual. */
  private setApart(at: number): void {
    if (!this.isFault(at)) this.fading = Math.max(0, this.fading - 1)
    else {
      if (this.fading === 0) this.detector.forgetLatest(Math.round((at - this.anomaly!.since) / this.stepMs))
      this.fading = fadingPoints
    }
  }

  /** Whether a fault goes on that is no chance and not yet the new normal. */
  private isFault(at: number): boolean {
    const { open } = this
    return open?.isWorse === true && isConfirmed(open) && at - open.detectedAt < newNormalPoints * this.stepMs
  }

  private isWorse(kind: AnomalyKind, since: number): boolean {
    const { past, present } = this.recent.split(since)
    return past.length < minPastValues || isWorsening(kind, this.name.metric, past, present)
  }

  /** Since when the newest values have been clearly worse than usual, if most of those since a time were better; undefined if they are not. */
  private findTurn(since: number): number | undefined {
    const { before, usual } = this.describeUsual(since)
    const isWorse = (value: number) => (this.name.metric.direction === 'lower' ? value > before : value < before)
    const { values, from } = this.recent.takeNewest(since, isWorse)
    const isLong = values.length >= turnPoints && values.length < this.recent.length
    return isLong && isClearlyUnusual(median(values), { before, usual }) ? from : undefined
  }

  /** What was usual before a time, or before the change for the better that goes on. */
  private describeUsual(since: number): Pick<Anomaly, 'before' | 'usual'> {
    if (this.anomaly && !this.anomaly.isWorse) return this.anomaly
    const { past } = this.recent.split(since)
    return { before: median(past), usual: [quantile(past, 0.02)!, quantile(past, 0.98)!] }
  }

  /** Forgets the anomaly that is open, because it is none. */
  forget(): void {
    this.anomaly = null
  }

  /** Ends the anomaly of a series that is no longer measured. */
  expire(at: number): Anomaly | undefined {
    const { open, latest } = this
    if (latest === null || at - latest < unmeasuredMs) return undefined
    if (open) return this.end(open, latest)
    this.anomaly = null
    return undefined
  }

  /** The latest values, one for each of the last `length` steps up to a time, the newest last. */
  valuesUntil(at: number, length: number): (number | null)[] {
    return this.recent.listSteps(at, length, this.stepMs)
  }

  private begin({ kind, since, turnedAt }: Beginning, at: number, evidence: number): OpenAnomaly {
    const { component, metric } = this.name
    const { past } = this.recent.split(since)
    const { present } = this.recent.split(turnedAt ?? since)
    const { before, usual } = this.describeUsual(since)
    const isWorse = turnedAt !== undefined || isWorsening(kind, metric, past, present)
    const facts = { component, metric: metric.name, kind, since: turnedAt ?? since, before, value: middle(present), causes: [] }
    this.anomaly = {
      ...facts,
      detectedAt: at,
      endedAt: null,
      usual,
      evidence,
      isWorse,
      type: toBottleneckType(facts),
      severity: rateSeverity({ ...facts, usual }, metric),
      events: [],
      unusual: 1,
      calm: 0,
      ...(!isWorse && { isPending: true }),
    }
    return this.anomaly
  }

  private follow(
    open: OpenAnomaly,
    { at, value, evidence, surprise }: { at: number; value: number | null; evidence: number; surprise: number },
  ): { began?: Anomaly; ended?: Anomaly } {
    open.evidence = Math.max(open.evidence, evidence)
    open.calm = isBackToNormal(open, value, this.recent.secondLatest, surprise) ? open.calm + 1 : 0
    const endedAt = open.calm >= calmPoints ? at - (calmPoints - 1) * this.stepMs : at
    const longest = open.isPending && open.isWorse ? suspectedPoints * this.stepMs : longestMs
    if (endedAt < at || at - open.detectedAt >= longest) {
      const ended = this.end(open, endedAt)
      return open.isPending ? {} : { ended }
    }
    if (open.calm === 0) {
      open.unusual++
      open.kind = determineLastingKind(open)
      open.type = toBottleneckType(open)
      const { past } = this.recent.split(open.since)
      const { present } = this.recent.split(open.worsenedAt ?? open.since)
      // A change for the better that has turned for the worse is over; whether that is an anomaly, the detector decides.
      const isWorse = isWorsening(open.kind, this.name.metric, past, present) || this.findTurn(open.since) !== undefined
      if (isWorse !== open.isWorse && (open.isPending || !open.isWorse)) {
        const ended = this.end(open, at)
        return open.isPending ? {} : { ended }
      }
      open.value = middle(present) ?? open.value
      open.severity = rateSeverity(open, this.name.metric)
    }
    if (!open.isPending || !hasPersisted(open)) return {}
    delete open.isPending
    return { began: open }
  }

  private end({ calm: _, unusual: __, isPending: ___, worsenedAt: ____, ...anomaly }: OpenAnomaly, endedAt: number): Anomaly {
    this.anomaly = null
    return { ...anomaly, endedAt: Math.max(endedAt, anomaly.since) }
  }
}

const middle = (values: readonly number[]) => (values.length === 0 ? null : median(values))
