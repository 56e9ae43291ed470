import { OptimizerError } from '../../model/errors.ts'
import { type Alarm, createAlarm } from './alarm.ts'
import { createDayMean } from './day-mean.ts'
import { createForecasters } from './forecasters.ts'
import { createLevelSpread } from './level-spread.ts'
import { type Packed, unpackInto } from './packed-state.ts'
import type { Seasonality } from './seasonal-profile.ts'
import { createTails } from './tail.ts'
import { createWindows, type SeriesModel, views } from './views.ts'

export interface DetectorOptions {
  /** The name of the metric. A saved state of another metric is refused. */
  metric: string
  /** The usual time between two points, above 0. */
  stepSeconds: number
  /** The natural bounds of the metric; they limit what is expected. */
  min?: number | null
  max?: number | null
  /** The seasons to look for, in UTC. The default is `weekly`, which includes the daily one. */
  seasonality?: Seasonality
  /** The result of `state` of an earlier detector of the same series, to continue from there. */
  state?: DetectorState
}

/** A point of a series: time in milliseconds since the epoch, and the value; null if it is missing. */
export interface SeriesPoint {
  t: number
  v: number | null
}

/** All that a detector knows. */
export interface LiveState {
  version: number
  series: { metric: string; stepSeconds: number; seasonality: Seasonality }
  model: SeriesModel
  alarm: Alarm
  /** The first points, until they show whether the series is a counter; then null. */
  first: SeriesPoint[] | null
  counter: boolean
  /** The latest value of a counter. */
  total: number | null
  latest: number | null
  /** Points in a row that were not later than the one before. */
  late: number
  /** Since when the evidence has been above the ordinary; null while it is not. */
  since: number | null
  expected: [number, number]
}

/** The state of a detector, as JSON. Only this version of the detector reads it. */
export type DetectorState = Packed<LiveState>

const stateVersion = 6

/** @throws OptimizerError `invalid-detector-options` */
export function createState(options: DetectorOptions): LiveState {
  const { metric, stepSeconds, min, max, seasonality = 'weekly' } = options
  if (typeof metric !== 'string' || metric === '') throw invalid('The metric has no name; give it one.')
  if (!(stepSeconds > 0 && Number.isFinite(stepSeconds)))
    throw invalid(`stepSeconds is ${stepSeconds}; pass the number of seconds between two points, above 0.`)
  if (Number.isNaN(min) || Number.isNaN(max) || (min ?? -Infinity) >= (max ?? Infinity))
    throw invalid(`min is ${min} and max is ${max}; pass a min below max, or omit both.`)
  if (!['none', 'daily', 'weekly'].includes(seasonality))
    throw invalid(`seasonality is ${seasonality}; use none, daily or weekly.`)
  return {
    version: stateVersion,
    series: { metric, stepSeconds, seasonality },
    model: {
      forecasters: createForecasters(stepSeconds, seasonality),
      spread: createLevelSpread(),
      day: createDayMean(),
      windows: createWindows(stepSeconds),
      tails: createTails(views.length),
    },
    alarm: createAlarm(views.length),
    first: [],
    counter: false,
    total: null,
    latest: null,
    late: 0,
    since: null,
    expected: [0, 0],
  }
}

/**
 * A detector's knowledge from a saved state.
 *
 * @throws OptimizerError `invalid-detector-options`; `detector-state-version` for a state of another version; `detector-state-series`
 *   for one of another metric, step or seasonality; `detector-state-invalid` for one that is damaged
 */
export function restoreState(options: DetectorOptions): LiveState {
  const fresh = createState(options)
  const saved: Partial<DetectorState> | null | undefined = options.state
  const remedy = 'omit `state` to start afresh'
  if (typeof saved !== 'object' || saved === null || typeof saved.version !== 'number')
    throw new OptimizerError(
      'detector-state-invalid',
      `The saved state of the detector for ${options.metric} is not a detector state; ${remedy}.`,
    )
  if (saved.version !== stateVersion) {
    const message = `The saved state of the detector for ${options.metric} has version ${saved.version}, but version ${stateVersion} is required; ${remedy}.`
    throw new OptimizerError('detector-state-version', message)
  }
  const { series } = saved
  const names = ['metric', 'stepSeconds', 'seasonality'] as const
  const expected = fresh.series
  if (names.some((name) => series?.[name] !== expected[name])) {
    const message = `The state belongs to another series (${JSON.stringify(series)}), not to ${JSON.stringify(expected)}; ${remedy}.`
    throw new OptimizerError('detector-state-series', message)
  }
  if (!unpackInto(saved, fresh))
    throw new OptimizerError('detector-state-invalid', `The state of the detector of ${options.metric} is damaged; ${remedy}.`)
  return fresh
}

function invalid(message: string): OptimizerError {
  return new OptimizerError('invalid-detector-options', message)
}
