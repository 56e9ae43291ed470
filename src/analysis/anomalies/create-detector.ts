import type { AnomalyKind } from '../../model/anomaly.ts'
import { OptimizerError } from '../../model/errors.ts'
import { alarmEvidenceThreshold, anomalyThreshold, combineEvidence, findNewSurprises, scoreEvidence } from './alarm.ts'
import { classifyAnomaly } from './classify-anomaly.ts'
import { pack } from './packed-state.ts'
import { createState, type DetectorOptions, type DetectorState, restoreState, type SeriesPoint } from './state.ts'
import { getBulkInterval } from './tail.ts'
import { forgetLatestValues, scoreMissingValue, scoreValue, views } from './views.ts'

export interface Detection {
  /** 0 to 1; at least `anomalyThreshold` at the point that raises an alarm, once per event. */
  score: number
  /**
   * The interval in which 96 % of the values lie, as forecast from those before the point; zeros before the first value. Where the day of the
   * week may or may not count, it lies around the forecast that is nearer to the point.
   */
  expected: [number, number]
  /** How unusual the latest values are together, beyond what is known since the last alarm; at `alarmEvidenceThreshold` or more it raises an alarm. */
  evidence: number
  /** The same with what is known. */
  surprise: number
  /** Of an alarm: what it looks like, and when it began (milliseconds since the epoch). */
  kind?: AnomalyKind
  since?: number
}

/**
 * By how much the evidence for an anomaly must be stronger than usual, 0 or more; `Infinity` for no alarm. It is called only for points whose
 * evidence would raise an alarm.
 * @param since the time from which the values were unusual, milliseconds since the epoch
 */
export type ExtraEvidence = (kind: AnomalyKind, since: number) => number

export interface Detector {
  /**
   * Scores the next point and learns it. A value that is not a number, or beyond ±1e100, counts as missing. A point that is not later than the
   * previous one is ignored; after 20 of them in a row, the clock is assumed to have been set back, and the detector continues from the new time.
   *
   * @param caution by default none
   * @param isFault whether a fault that is known goes on, or its effect: no part of what is usual, so another one is as surprising. By default no
   * @throws OptimizerError `invalid-time` if `t` is not a finite number
   */
  next(point: SeriesPoint, caution?: ExtraEvidence, isFault?: boolean): Detection
  /** What the latest values, twelve at most, taught about what is rare is forgotten, because they are of a fault. */
  forgetLatest(values: number): void
  /** A copy of the detector's state, as JSON: a detector created with it continues with identical results. */
  readonly state: DetectorState
}

/** The points that show whether a series is a counter, and what is usual; until then there are no alarms. */
export const learningPoints = 150
const counterShare = 0.95
const maxLatePoints = 20
const ordinaryEvidence = 1
/** Sums of larger values would overflow. */
const largest = 1e100

/**
 * A detector of anomalies in one series: pure, in constant memory, with one threshold for all series (docs/anomalies.md).
 *
 * @throws OptimizerError `invalid-detector-options`, `detector-state-version`, `detector-state-series` or `detector-state-invalid`
 */
export function createDetector(options: DetectorOptions): Detector {
  const state = options.state === undefined ? createState(options) : restoreState(options)
  const surprises = new Array<number>(views.length).fill(0)
  // The detector must not keep the state that it was restored from.
  const { metric, min, max } = options
  const bounds: [number, number] = [min ?? -Infinity, max ?? Infinity]

  function next({ t, v }: SeriesPoint, caution?: ExtraEvidence, isFault = false): Detection {
    if (!Number.isFinite(t))
      throw new OptimizerError('invalid-time', `A point of ${metric} has the time ${t}; pass milliseconds since the epoch.`)
    const value = typeof v === 'number' && Math.abs(v) <= largest ? v + 0 : null
    if (state.latest !== null && t <= state.latest && ++state.late <= maxLatePoints)
      return { score: 0, expected: [...state.expected], evidence: 0, surprise: 0 }
    state.late = 0
    state.latest = t
    if (state.first) return begin(state.first, { t, v: value })
    const { evidence, surprise } = learn(t, value, isFault)
    const kind = evidence >= alarmEvidenceThreshold ? classifyAnomaly(surprises, value, bounds[0]) : undefined
    const since = state.since ?? t
    const score = scoreEvidence(state.alarm, evidence, kind && caution?.(kind, since))
    const detection: Detection = { score, expected: [...state.expected], evidence, surprise }
    return kind && score >= anomalyThreshold ? { ...detection, kind, since } : detection
  }

  /** Collects the first points; the last of them decides whether the series is a counter, and all are learned. */
  function begin(first: SeriesPoint[], point: SeriesPoint): Detection {
    first.push(point)
    if (first.length === learningPoints) {
      const values = first.flatMap(({ v }) => v ?? [])
      const rises = values.filter((value, i) => i > 0 && value > values[i - 1]!).length
      state.counter = rises > counterShare * values.length && values.length > learningPoints / 2
      state.first = null
      for (const { t, v } of first) learn(t, v)
    } else if (point.v !== null) {
      const values = first.flatMap(({ v }) => v ?? [])
      state.expected = [Math.min(...values), Math.max(...values)]
    }
    return { score: 0, expected: [...state.expected], evidence: 0, surprise: 0 }
  }

  function learn(t: number, v: number | null, isFault = false): Pick<Detection, 'evidence' | 'surprise'> {
    const value = state.counter ? incrementOf(v) : v
    if (value === null) scoreMissingValue(state.model, surprises)
    else {
      const [low, high] = getBulkInterval(state.model.tails[views.indexOf('residual')]!)
      const { best, scale } = scoreValue(state.model, { t, value, isFault }, surprises)
      const base = state.counter ? state.total! - value : 0
      state.expected = [limit(base + best + scale * low), limit(base + best + scale * high)]
    }
    const evidence = combineEvidence(findNewSurprises(state.alarm, surprises))
    if (evidence < ordinaryEvidence) state.since = null
    else state.since ??= t
    return { evidence, surprise: combineEvidence(surprises) }
  }

  /** The increase of a counter; null at its first value, after a reset, and for a missing value. */
  function incrementOf(v: number | null): number | null {
    if (v === null) return null
    const before = state.total
    state.total = v
    return before !== null && v >= before ? v - before : null
  }

  function limit(value: number): number {
    return Math.max(bounds[0], Math.min(bounds[1], value))
  }

  return {
    next,
    forgetLatest: (values) => forgetLatestValues(state.model, values),
    get state() {
      return pack(state)
    },
  }
}
