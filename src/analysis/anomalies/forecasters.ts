import { addToSlot, createSeasonalProfile, moveToSlot, type Seasonality, type SeasonalProfile } from './seasonal-profile.ts'

/** Seven simple forecasts of the next value, each with its recent mean absolute error; the one with the smallest error is followed. */
export interface Forecasters {
  count: number
  previous: number
  /** The level: a fast exponential mean. */
  level: number
  /** A slow exponential mean, and the mean absolute distance from it: the width of the series as a whole. */
  slowLevel: number
  width: number
  season: SeasonalProfile
  /** How far values have been from the best of the seasons lately: an exponential mean as fast as the level. */
  offset: number
  /**
   * Of the previous value, the level, the day's profile, half previous and half day, the week's profile, the smooth day, and the best of these
   * seasons with the offset.
   */
  errors: [number, number, number, number, number, number, number]
}

export interface Forecast {
  best: number
  bestError: number
  /** By the season where it has proved itself, else the level. */
  seasonal: number
  /** By the best of the seasons, whether it has proved itself or not; the level before the first day is over. */
  usual: number
  /** How far that is from the mean of the day. */
  rhythm: number
  /** The smallest deviation that matters, in the unit of the metric. */
  floor: number
}

const rates = { level: 0.1, slowLevel: 0.002, errors: 0.01 }

export function createForecasters(stepSeconds: number, seasonality: Seasonality): Forecasters {
  const season = createSeasonalProfile(stepSeconds, seasonality)
  return { count: 0, previous: 0, level: 0, slowLevel: 0, width: 0, season, offset: 0, errors: [0, 0, 0, 0, 0, 0, 0] }
}

/**
 * The forecast of the value at a time; then learns the value. The first value is forecast as itself. Only the choice between the seasons with and
 * without the factor of the weekday depends on the value itself.
 */
export function forecastAndLearn(forecasters: Forecasters, t: number, value: number): Forecast {
  const { season, errors } = forecasters
  moveToSlot(season, t)
  if (forecasters.count === 0) Object.assign(forecasters, { previous: value, level: value, slowLevel: value })
  const n = ++forecasters.count
  const { previous, level } = forecasters

  const slowRate = Math.max(rates.slowLevel, 1 / n)
  forecasters.width += slowRate * (Math.abs(value - forecasters.slowLevel) - forecasters.width)
  forecasters.slowLevel += slowRate * (value - forecasters.slowLevel)
  const floor = 0.05 * forecasters.width + 1e-6 * Math.abs(value) + 1e-12

  const day = season.day ?? level
  const smoothDay = season.smoothDay ?? day
  const week = season.week ?? day
  const [, errorOfLevel, errorOfDay, , errorOfWeek, errorOfSmoothDay] = errors
  const [dayLike, errorOfDayLike] = errorOfSmoothDay <= errorOfDay ? [smoothDay, errorOfSmoothDay] : [day, errorOfDay]
  const [base, errorOfBase] = errorOfWeek < errorOfDayLike ? [week, errorOfWeek] : [dayLike, errorOfDayLike]
  const seasonal = errorOfBase < 1.1 * errorOfLevel ? base : level
  const isKnown = season.day !== null
  const rhythm = isKnown ? base - season.total / season.known : 0
  // A day of the week may be as it was a week ago, or like the others: whichever is nearer to the value, which is given the benefit of the doubt.
  const onThisDay = (forecast: number, seen = value) =>
    isKnown ? nearer(seen, forecast, forecast * season.weekday.factor) : forecast
  const usual = base === week ? week : onThisDay(base)
  const { offset } = forecasters
  const shifted = isKnown ? offset + (base === week ? week : onThisDay(base, value - offset)) : level

  const forecasts = [previous, level, onThisDay(day), 0.5 * (previous + onThisDay(day)), week, onThisDay(smoothDay), shifted]
  let best = 0
  for (let i = 1; i < forecasts.length; i++) if (errors[i]! < errors[best]!) best = i
  const errorRate = Math.max(rates.errors, 1 / n)
  for (let i = 0; i < forecasts.length; i++) {
    const error = Math.min(Math.abs(value - forecasts[i]!), 6 * errors[i]! + floor)
    errors[i]! += errorRate * (error - errors[i]!)
  }
  if (season.day !== null) forecasters.offset += rates.level * (value - shifted)

  addToSlot(season, value)
  forecasters.level += Math.max(rates.level, 1 / n) * (value - level)
  forecasters.previous = value
  return {
    best: forecasts[best]!,
    bestError: errors[best]!,
    seasonal: seasonal === base ? usual : seasonal,
    usual,
    rhythm,
    floor,
  }
}

/** Which of two numbers is nearer to a value. */
const nearer = (value: number, a: number, b: number) => (Math.abs(value - b) < Math.abs(value - a) ? b : a)
