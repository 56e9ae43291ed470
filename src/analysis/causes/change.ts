import { clamp, median, quantile } from '../statistics/summaries.ts'
import { isKnown } from './counters.ts'
import type { ComponentSeries } from './input.ts'
import { splitWords } from './metric-class.ts'

/** How a series has changed since a moment. */
export interface Change {
  /** The medians before and since. */
  before: number
  since: number
  /** Difference of the medians in robust standard deviations of the values before (IQR / 1.349); 0 or more. */
  deviation: number
  /** The same in multiples of a large shift between neighboring windows of the past, which has seasons and drifts; 0 or more. */
  shift: number
  /** Steps after the moment at which it left its usual range; undefined if it did not. */
  onset: number | undefined
  /** Whether nothing was measured any more. */
  lost: boolean
}

export const noChange: Change = { before: 0, since: 0, deviation: 0, shift: 0, onset: undefined, lost: false }

const known = (values: readonly (number | null)[]) => values.filter(isKnown)

/** Steps before the moment that are not taken for normal, because it may have been noticed late. */
const margin = 3
const longestWindow = 12
const tiny = 1e-12
/** The smallest deviation that counts, as a share of the level. */
const minShare = 0.01
/** The smallest deviation that counts of whole numbers: one more timeout or restart than none says little. */
const minCount = 0.5
/** Robust standard deviations from the median at which a value is outside of the usual range. */
const usualRange = 3

/** Also of whole numbers, such as 0 while everything fails. */
const isShare = (metric: string) =>
  /\b(rate|ratio|share|percent(age)?|success|avail\w*|health\w*|up)\b/i.test(splitWords(metric)) &&
  !/\b(count|total)\b/i.test(splitWords(metric))

export function measureChange({ metric, values }: Pick<ComponentSeries, 'metric' | 'values'>, moment: number): Change {
  const [past, present] = [known(values.slice(0, Math.max(5, moment - margin))), known(values.slice(moment))]
  if (past.length < 4) return noChange
  const before = median(past)
  if (present.length === 0) return { ...noChange, before, since: before, lost: true }
  const since = median(present)
  const spread = (quantile(past, 0.75)! - quantile(past, 0.25)!) / 1.349
  const resolution = !isShare(metric) && known(values).every(Number.isInteger) ? minCount : 0
  const scale = Math.max(spread, resolution, minShare * Math.abs(before), minShare * 0.1 * Math.abs(since), tiny)
  return {
    before,
    since,
    deviation: Math.abs(since - before) / scale,
    shift: measureShift(values, moment, scale),
    onset: findOnset(values, moment, before, usualRange * scale * Math.sign(since - before)),
    lost: false,
  }
}

/** The shift at the moment, or within two steps of it, against the upper quartile of those of the past. */
function measureShift(values: readonly (number | null)[], moment: number, scale: number): number {
  const window = clamp(values.length - moment, 3, longestWindow)
  const shiftAt = (at: number) => {
    const [left, right] = [known(values.slice(Math.max(0, at - window), at)), known(values.slice(at, at + window))]
    return left.length < 2 || right.length === 0 ? undefined : Math.abs(median(right) - median(left))
  }
  const past: number[] = []
  for (let at = window; at + window <= moment - margin + 1; at += Math.max(1, window >> 2)) past.push(shiftAt(at) ?? 0)
  const now = Math.max(...[-2, 0, 2].map((steps) => shiftAt(moment + steps) ?? 0))
  return now / Math.max(quantile(past, 0.75) ?? 0, scale / 2)
}

/** The first step, from a few before the moment, at which it and one of the two following exceed the range on the side of the change. */
function findOnset(values: readonly (number | null)[], moment: number, usual: number, range: number): number | undefined {
  const exceeds = (at: number) => isKnown(values[at]) && (values[at]! - usual) * Math.sign(range) > Math.abs(range)
  for (let at = Math.max(0, moment - 2 * margin); at < values.length - 1; at++) {
    if (exceeds(at) && (exceeds(at + 1) || exceeds(at + 2))) return at - moment
  }
  return undefined
}
