import { clamp } from '../statistics/summaries.ts'
import { type DayMean, updateDayMean } from './day-mean.ts'
import { type Forecast, type Forecasters, forecastAndLearn } from './forecasters.ts'
import { type LevelSpread, trackRelativeSpread } from './level-spread.ts'
import { addToRuns, createRuns, type Runs, scoreRun } from './runs.ts'
import { addToTail, pointsPerBlock, removeLatestValues, scoreTail, type Tail } from './tail.ts'

/** The views of a series, each best at showing some kinds of anomaly. The first two are about the latest value alone. */
export const views = [
  'residual',
  'seasonalResidual',
  'shortMean',
  'longMean',
  'roughness',
  'repeats',
  'missing',
  'offset',
  'level',
  'fastVolatility',
  'slowVolatility',
  'dayMean',
  'seasonalVolatility',
  'rhythm',
] as const
export type View = (typeof views)[number]

/** Running quantities from which the views are computed. */
export interface Windows {
  /** The latest seasonal residuals, limited in size, as a ring. */
  residuals: number[]
  residualsAt: number
  /** The sizes of the latest steps from value to value, as a ring. */
  steps: number[]
  stepsAt: number
  stepsSum: number
  /** Of values equal to the one before, and of missing ones. */
  repeats: Runs
  missing: Runs
  fastVolatility: number
  slowVolatility: number
  /** The size of the seasonal residuals over hours: it grows when the rhythm of the day changes. */
  seasonalVolatility: number
  /** How far values are from what is usual at their time, over hours. */
  offset: number
  /** Of these residuals and the usual rhythm of the day: the mean product, and the mean square of the rhythm, over hours and over days. */
  agreement: number
  strength: number
  usualStrength: number
  /** Points over which they are taken. */
  points: { seasonalVolatility: number; offset: number; rhythm: number; day: number }
}

const short = 6
const long = 24
const roughnessPoints = 12
/** Of the shares of points in runs: values repeat more at quiet hours. */
const runRates = { repeats: 0.02, missing: 0.002 }
const volatilityRates = { fast: 0.08, slow: 0.02 }
/** Limit of a residual in the means, in mean errors of the forecast: one spike is not a shift. */
const residualLimit = 4
/** Levels below this share of the width say nothing about how the spread grows with them. */
const minLevel = 0.1
const minSpans = 4
/** Smallest change that matters of the agreement with the rhythm of the day, which is -1/2 where that is gone. */
const rhythmFloor = 0.05
/** Smallest change that matters of a volatility on its logarithmic scale. */
const volatilityFloor = 0.3

export function createWindows(stepSeconds: number): Windows {
  const day = 86_400 / stepSeconds
  return {
    residuals: new Array<number>(long).fill(0),
    residualsAt: 0,
    steps: new Array<number>(roughnessPoints).fill(0),
    stepsAt: 0,
    stepsSum: 0,
    repeats: createRuns(),
    missing: createRuns(),
    fastVolatility: 0,
    slowVolatility: 0,
    seasonalVolatility: 0,
    offset: 0,
    agreement: 0,
    strength: 0,
    usualStrength: 0,
    points: {
      seasonalVolatility: Math.max(40, Math.min(96, day / 3)),
      offset: Math.max(40, day / 4),
      rhythm: Math.max(20, day / 6),
      day: Math.max(1, day),
    },
  }
}

export interface SeriesModel {
  forecasters: Forecasters
  spread: LevelSpread
  day: DayMean
  windows: Windows
  /** By view, in the order of `views`. */
  tails: Tail[]
}

/** The surprise of a missing value by view, into `surprises`. */
export function scoreMissingValue({ windows, tails }: SeriesModel, surprises: number[]): void {
  surprises.fill(0)
  const missing = views.indexOf('missing')
  addToRuns(windows.missing, true, runRates.missing)
  surprises[missing] = Math.min(scoreTail(tails[missing]!, windows.missing.length, 1), scoreRun(windows.missing))
}

/**
 * The surprise of a value by view, into `surprises`; then learns the value, but of a fault not what is rare. `scale` is the spread of the residuals
 * relative to that at the usual level.
 */
export function scoreValue(
  model: SeriesModel,
  { t, value, isFault }: { t: number; value: number; isFault: boolean },
  surprises: number[],
): Forecast & { scale: number } {
  const { forecasters, spread, windows, tails } = model
  surprises.fill(0)
  learnMissing(model)
  const previous = forecasters.count === 0 ? value : forecasters.previous
  const forecast = forecastAndLearn(forecasters, t, value)
  const { floor } = forecast
  // Residuals as they would be at the usual level.
  const scale = trackRelativeSpread(spread, forecast.best, value - forecast.best, minLevel * forecasters.width, floor)
  const residual = (value - forecast.best) / scale
  const seasonalResidual = (value - forecast.seasonal) / scale

  const limit = residualLimit * (forecast.bestError + floor)
  pushResidual(windows, clamp(seasonalResidual, -limit, limit))
  pushStep(windows, Math.abs(value - previous))
  addToRuns(windows.repeats, value === previous && forecasters.count > 1, runRates.repeats)
  windows.fastVolatility += volatilityRates.fast * (Math.abs(seasonalResidual) - windows.fastVolatility)
  windows.slowVolatility += volatilityRates.slow * (Math.abs(residual) - windows.slowVolatility)
  windows.seasonalVolatility += (Math.abs(seasonalResidual) - windows.seasonalVolatility) / windows.points.seasonalVolatility

  /** A quantity that is taken over many points is known once it has been seen over several times as many, or as long as its tail remembers. */
  const score = (index: number, x: number, smallest: number, points = 0) => {
    const tail = tails[index]!
    if (tail.newerCount + tail.olderCount >= Math.min(minSpans * points, pointsPerBlock))
      surprises[index] = scoreTail(tail, x, smallest)
    if (!isFault) addToTail(tail, x, smallest)
  }
  score(0, residual, 0.5 * floor)
  score(1, seasonalResidual, floor)
  score(2, latestMean(windows, short), 0.5 * floor)
  score(3, latestMean(windows, long), 0.5 * floor)
  const steps = Math.max(0, windows.stepsSum) / Math.min(roughnessPoints, forecasters.count)
  score(4, Math.log(steps + floor), volatilityFloor)
  score(5, windows.repeats.length, 2)
  surprises[5] = Math.min(surprises[5]!, scoreRun(windows.repeats))
  score(8, forecasters.level, floor)
  score(9, Math.log(windows.fastVolatility + floor), volatilityFloor)
  score(10, Math.log(windows.slowVolatility + floor), volatilityFloor)
  const dayMean = updateDayMean(model.day, t, value)
  if (dayMean !== undefined) score(11, dayMean, 0.2 * forecasters.width)
  const { season } = forecasters
  if (season.day !== null || season.medians.length === 0) {
    compareWithUsual(windows, clamp((value - forecast.usual) / scale, -limit, limit), forecast.rhythm / scale)
    score(7, windows.offset, 0.5 * floor, windows.points.offset)
  }
  if (season.day !== null) score(12, Math.log(windows.seasonalVolatility + floor), volatilityFloor)
  if (windows.usualStrength > 0)
    score(13, windows.agreement / (windows.strength + windows.usualStrength), rhythmFloor, windows.points.rhythm)
  return { ...forecast, scale }
}

/** What the latest values taught about what is rare is forgotten, because they are of a fault. */
export function forgetLatestValues({ tails, windows }: SeriesModel, values: number): void {
  // The mean of the day is seen once an hour only.
  const hours = Math.min(values, Math.floor((24 * values) / windows.points.day))
  views.forEach((view, index) => {
    if (view !== 'missing') removeLatestValues(tails[index]!, view === 'dayMean' ? hours : values)
  })
}

/** Residuals that go against the rhythm of the day, or with it, mean that the rhythm has become weaker, or stronger, or comes at another time. */
function compareWithUsual(windows: Windows, residual: number, rhythm: number): void {
  const { points } = windows
  windows.offset += (residual - windows.offset) / points.offset
  windows.agreement += (residual * rhythm - windows.agreement) / points.rhythm
  windows.strength += (rhythm ** 2 - windows.strength) / points.rhythm
  windows.usualStrength += (rhythm ** 2 - windows.usualStrength) / (windows.usualStrength === 0 ? 1 : points.day)
}

/** Learns the length of the run of missing values that ends here; of the runs of length 0, one of four is enough. */
function learnMissing({ forecasters, windows, tails }: SeriesModel): void {
  const { length } = windows.missing
  if (length > 0 || forecasters.count % 4 === 0) addToTail(tails[views.indexOf('missing')]!, length, 1)
  addToRuns(windows.missing, false, runRates.missing)
}

function pushResidual(windows: Windows, residual: number): void {
  const { residuals, residualsAt } = windows
  residuals[residualsAt] = residual
  windows.residualsAt = (residualsAt + 1) % residuals.length
}

function pushStep(windows: Windows, step: number): void {
  const { steps, stepsAt } = windows
  windows.stepsSum += step - steps[stepsAt]!
  steps[stepsAt] = step
  windows.stepsAt = (stepsAt + 1) % steps.length
  if (windows.stepsAt === 0) windows.stepsSum = sumOf(steps)
}

/** Once a round, so that rounding errors of the running sum do not stay. */
function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function latestMean({ residuals, residualsAt }: Windows, count: number): number {
  const length = residuals.length
  let sum = 0
  for (let i = 1; i <= count; i++) sum += residuals[(residualsAt - i + length) % length]!
  return sum / count
}
