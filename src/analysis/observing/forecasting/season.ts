import type { MetricPoint } from '../../../model/history.ts'
import { fitLinearModel } from '../../statistics/linear-regression.ts'
import { mean, variance } from '../../statistics/summaries.ts'

/** How much above its usual level a metric is at a moment (milliseconds since the epoch), by the time of day and week. */
export type SeasonalComponent = (at: number) => number

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Periods in hours, and the length of history that is needed: twice the longest, and a day to prove itself. */
const daily = { periods: [24, 12], neededMs: 3 * dayMs }
const weekly = { periods: [168, 84, 24, 12], neededMs: 15 * dayMs }
/** Weight of the prior for no season, as a number of points. */
const ridge = 3
/** Minimum share of the last day's variance that a season fitted to the days before must explain. */
const provenBy = 0.2
/** Minimum number of points in a day for that. */
const fewest = 12

/**
 * The daily and weekly season of a series, as harmonics fitted by least squares; none if the history is too short, or if the fit to
 * the days before would not have predicted the last day: otherwise any drift would look like a season.
 */
export function fitSeasonalComponent(points: readonly MetricPoint[]): SeasonalComponent {
  const last = points.at(-1)?.at ?? 0
  const length = last - (points[0]?.at ?? 0)
  const [before, lastDay] = [points.filter(({ at }) => at <= last - dayMs), points.filter(({ at }) => at > last - dayMs)]
  const fitting = [weekly, daily].find(({ neededMs, periods }) => {
    if (length < neededMs || Math.min(before.length, lastDay.length) < fewest) return false
    const foreseen = fitHarmonics(before, periods)
    return (
      variance(lastDay.map(({ at, value }) => value - foreseen(at))) <
      (1 - provenBy) * variance(lastDay.map(({ value }) => value))
    )
  })
  return fitting ? fitHarmonics(points, fitting.periods) : () => 0
}

function fitHarmonics(points: readonly MetricPoint[], periods: readonly number[]): SeasonalComponent {
  const usual = mean(points.map(({ value }) => value))
  const observations = points.map(({ at, value }) => ({ x: harmonics(at, periods), y: value - usual, variance: 1 }))
  const fit = fitLinearModel(2 * periods.length, 1 / Math.sqrt(ridge), observations)
  return (at) => harmonics(at, periods).reduce((sum, wave, i) => sum + wave * fit[i]!.mean, 0)
}

function harmonics(at: number, periods: readonly number[]): number[] {
  const waves: number[] = []
  for (const period of periods) {
    const angle = (2 * Math.PI * at) / (period * hourMs)
    waves.push(Math.sin(angle), Math.cos(angle))
  }
  return waves
}
