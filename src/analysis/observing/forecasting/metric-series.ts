/** The metric of one agent as a series that can be forecast. */
import type { MetricPoint } from '../../../model/history.ts'
import { type Metric, type MetricKind, toMetricKind } from '../../../model/metric.ts'
import { additiveTransforms } from '../../statistics/effect-scale.ts'
import { fitSeasonalComponent, type SeasonalComponent } from './season.ts'
import { computeProbabilityAbove, type ForecastDistribution, Trend } from './trend.ts'

/** Number of newest points that the trend is fitted to. */
const window = 60
/** A point less likely than this is a shift. */
const surprising = 0.001

/** The smallest value that is distinguished from 0, which has no logarithm: 1 ms, or half of the smallest other value that was seen. */
function findLeast({ kind, unit }: SeriesMetric, points: readonly MetricPoint[]): number {
  if (toMetricKind(kind) === 'proportion') return Number.NEGATIVE_INFINITY
  const positive = points.map(({ value }) => value).filter((value) => value > 0 && Number.isFinite(value))
  return unit === 'ms' || positive.length === 0 ? 1 : Math.min(...positive) / 2
}
type SeriesMetric = Pick<Metric, 'kind' | 'unit'>

export class MetricSeries {
  private readonly kind: MetricKind
  private readonly least: number
  private readonly season: SeasonalComponent
  private readonly trend = new Trend()
  private shiftedAt: number | undefined

  constructor(metric: SeriesMetric, points: readonly MetricPoint[]) {
    this.kind = toMetricKind(metric.kind)
    this.least = findLeast(metric, points)
    const usable = points
      .filter(({ value }) => Number.isFinite(value))
      .map(({ at, value }) => ({ at, value: this.toScale(value) }))
      .sort((a, b) => a.at - b.at)
    this.season = fitSeasonalComponent(usable)
    for (const { at, value } of usable.slice(-window)) this.follow({ at, value: value - this.season(at) })
  }

  /** A value on the scale of forecasts: the logarithm of a quantity, because it varies in proportion; rates and scores unchanged. */
  private toScale(value: number): number {
    return additiveTransforms[this.kind].apply(Math.max(this.least, value))
  }

  private follow(point: MetricPoint): void {
    const expected = this.trend.predict(point.at)
    const above = computeProbabilityAbove(expected, point.value)
    if (expected.length > 0 && Math.min(above, 1 - above) < surprising / 2) this.shiftedAt = point.at
    this.trend.observe(point)
  }

  /** When it last shifted away from its forecast, milliseconds since the epoch; undefined if it never did. */
  get lastShift(): number | undefined {
    return this.shiftedAt
  }

  /** The forecast of a measurement at a moment, on the scale of forecasts; empty if nothing was ever measured. */
  predict(moment: number): ForecastDistribution {
    const season = this.season(moment)
    return this.trend.predict(moment).map((part) => ({ ...part, mean: part.mean + season }))
  }

  /** The probability that the measurement at a moment lies above a value. */
  computeProbabilityAbove(moment: number, value: number): number {
    return computeProbabilityAbove(this.predict(moment), this.toScale(value))
  }

  /** The value that the measurement at a moment lies below with this probability. */
  quantile(moment: number, share: number): number {
    const forecast = this.predict(moment)
    const ends = forecast.flatMap(({ mean, variance }) => [mean - 6 * Math.sqrt(variance), mean + 6 * Math.sqrt(variance)])
    let [low, high] = [Math.min(...ends), Math.max(...ends)]
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2
      if (1 - computeProbabilityAbove(forecast, middle) < share) low = middle
      else high = middle
    }
    // A rate or score stays between 0 and 1, however far a trend leads.
    return additiveTransforms[this.kind].invert(high)
  }
}
