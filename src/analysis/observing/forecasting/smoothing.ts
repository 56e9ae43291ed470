import { median } from '../../statistics/summaries.ts'

/** A forecast of the next values of a history without gaps. */
export type ForecastModel = (history: readonly number[], steps: number) => number[]

const rates = [0.05, 0.15, 0.3, 0.6, 1]
/** The share of a trend that remains after each step. */
const damping = 0.95
/** Seasons that the shape of a season is taken from. */
const recentSeasons = 4

/** The latest level continues: simple exponential smoothing, with the rate that would have predicted the history best. */
export const exponentialSmoothing: ForecastModel = (history, steps) => smooth(history, steps, [0])

/** A level with a damped trend (Gardner & McKenzie 1985). */
export const dampedTrend: ForecastModel = (history, steps) => smooth(history, steps, [0.02, 0.1, 0.3])

function smooth(history: readonly number[], steps: number, trendRates: readonly number[]): number[] {
  let best = { loss: Number.POSITIVE_INFINITY, level: 0, slope: 0 }
  for (const rate of rates) {
    for (const trendRate of trendRates) {
      let [at, slope, loss] = [median(history.slice(0, 5)), 0, 0]
      history.forEach((value) => {
        const expected = at + damping * slope
        loss += Math.abs(value - expected)
        const next = expected + rate * (value - expected)
        slope = trendRate * (next - at) + (1 - trendRate) * damping * slope
        at = next
      })
      if (trendRates[0] === 0) slope = 0
      if (loss < best.loss) best = { loss, level: at, slope }
    }
  }
  let [reach, strength] = [0, 1]
  return Array.from({ length: steps }, () => {
    strength *= damping
    reach += strength
    return best.level + reach * best.slope
  })
}

/** The last season again. */
export const seasonalNaive =
  (season: number): ForecastModel =>
  (history, steps) =>
    Array.from({ length: steps }, (_, i) => history[history.length - season + (i % season)]!)

/** The model without the season's shape, and the shape added again: for each phase the median of the last seasons. */
export const withSeasonality =
  (season: number, model: ForecastModel): ForecastModel =>
  (history, steps) => {
    const shape = findShape(history, season)
    const begin = history.length % season
    const plain = history.map((value, i) => value - shape[i % season]!)
    return model(plain, steps).map((value, i) => value + shape[(begin + i) % season]!)
  }

function findShape(history: readonly number[], season: number): number[] {
  const recent = history.length - Math.min(recentSeasons, Math.floor(history.length / season)) * season
  const byPhase = Array.from({ length: season }, () => [] as number[])
  for (let from = recent; from < history.length; from += season) {
    const part = history.slice(from, from + season)
    const usual = median(part)
    part.forEach((value, i) => {
      byPhase[(from + i) % season]!.push(value - usual)
    })
  }
  return byPhase.map((values) => median(values))
}
