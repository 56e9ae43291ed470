import type { SeriesPoint } from '../../../src/analysis/anomalies/index.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'

export const stepSeconds = 300
export const start = Date.UTC(2026, 0, 5)

/** A noisy daily season around 100, point by point. */
export function seasonalSeries(points: number, seed = 1): SeriesPoint[] {
  const random = createRandomSource(seed)
  return Array.from({ length: points }, (_, i) => {
    return { t: start + i * stepSeconds * 1000, v: 100 + 30 * Math.sin((2 * Math.PI * i) / 288) + 3 * random.normal() }
  })
}

/** The series with the values from `from` on changed, `length` of them. */
export function withEvent(
  series: SeriesPoint[],
  from: number,
  length: number,
  change: (v: number, i: number) => number | null,
): SeriesPoint[] {
  return series.map(({ t, v }, i) => ({ t, v: i >= from && i < from + length && v !== null ? change(v, i - from) : v }))
}
