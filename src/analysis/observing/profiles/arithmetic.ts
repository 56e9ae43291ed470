/** The arithmetic of profiles. Everything ignores what is not a finite number and answers null for nothing. */
import type { Mean } from '../../../model/readings.ts'

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

export function meanIgnoringNulls(values: readonly (number | null)[]): number | null {
  return mean(values.filter((value) => value !== null))
}

/** Linear interpolation between the closest ranks (Hyndman and Fan 1996, type 7). */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const rank = q * (sorted.length - 1)
  const below = sorted[Math.floor(rank)]!
  const above = sorted[Math.ceil(rank)]!
  return below + (above - below) * (rank - Math.floor(rank))
}

/** `part / whole`, null of nothing. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

export function pooledMean(means: readonly Mean[]): number | null {
  const known = means.filter(({ mean, count }) => mean !== null && count > 0)
  const count = known.reduce((sum, one) => sum + one.count, 0)
  return ratio(
    known.reduce((sum, one) => sum + one.mean! * one.count, 0),
    count,
  )
}

export const clampToUnit = (value: number) => Math.min(1, Math.max(0, value))

/** Collects numbers from 0 to 1 out of JSON that others wrote, and counts what is there but is none. */
export class RatioCollector {
  readonly values: number[] = []
  ignored = 0

  add(value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value === 'number' && value >= 0 && value <= 1) this.values.push(value)
    else this.ignored++
  }
}
