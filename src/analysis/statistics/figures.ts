/** Figures of samples with their standard errors: means, quantiles, variances and rates. */
import type { MetricKindAndDirection } from '../../model/metric.ts'
import type { RatioTerms } from '../../model/readings.ts'
import { createEffectScale } from './effect-scale.ts'
import { intervalAround, sumEstimates } from './interval.ts'
import { Z_95 } from './normal.ts'
import { computeQuantileLimits, mean, quantileOfSorted, sortAscending, variance } from './summaries.ts'

/** A figure in its own unit, with its standard error in the same. */
export interface Figure {
  value: number
  standardError: number
  samples: number
  /** 95% limits where the standard error does not tell them; null if the samples set none. */
  interval?: [low: number, high: number] | null | undefined
}

/** The mean; undefined with fewer than two values. */
export function computeMean(values: readonly number[]): Figure | undefined {
  if (values.length < 2) return undefined
  return { value: mean(values), standardError: Math.sqrt(variance(values, 1) / values.length), samples: values.length }
}

/**
 * A ratio of sums: Σ value / Σ per. Its standard error is that of the deviations from it (Cochran 1977, ch. 6); undefined with fewer than
 * two parts, or nothing to divide by.
 */
export function computeRatio(parts: readonly RatioTerms[]): Figure | undefined {
  return parts.length < 2 ? undefined : computeMean(linearizeRatio(parts))
}

/** Values whose mean is the ratio of both sums, and which scatter as much as it does (delta method); empty if there is nothing to divide by. */
export function linearizeRatio(parts: readonly { value: number; per?: number | undefined }[]): number[] {
  const units = mean(parts.map(({ per = 1 }) => per))
  if (!(units > 0)) return []
  const ratio = mean(parts.map(({ value }) => value)) / units
  return parts.map(({ value, per = 1 }) => ratio + (value - ratio * per) / units)
}

/**
 * A quantile. Its standard error is that of the ranks, √(n·p·(1 − p)), as the values lie around it (David & Nagaraja 2003, ch. 7), and
 * its limits are those of the same ranks (Woodruff 1952); undefined with fewer than two values.
 * @param share 0–1
 */
export function computeQuantile(values: readonly number[], share: number): Figure | undefined {
  const n = values.length
  if (n < 2) return undefined
  const ascending = sortAscending(values)
  const reach = Math.sqrt(n * share * (1 - share))
  const at = (rank: number) => ascending[Math.min(n - 1, Math.max(0, Math.round(rank)))]!
  const rank = share * (n - 1)
  const limits = computeQuantileLimits(ascending, share, (Z_95 * reach) / n)
  return {
    value: quantileOfSorted(ascending, share),
    standardError: (at(rank + reach) - at(rank - reach)) / 2,
    samples: n,
    interval: limits.every(Number.isFinite) ? limits : null,
  }
}

/** A relative standard error of a variance above which a few values make most of it, so that its limits would be too narrow, as simulated. */
const LARGEST_ERROR = 0.3

/**
 * The variance; its standard error follows from the kurtosis around a trimmed mean, and its limits are symmetric on the log scale (Bonett 2006).
 * Undefined with fewer than five values.
 */
export function computeVariance(values: readonly number[]): Figure | undefined {
  const n = values.length
  if (n < 5) return undefined
  const value = variance(values, 1)
  if (value === 0) return { value, standardError: 0, samples: n, interval: null }
  const trimmed = Math.floor(n / (2 * Math.sqrt(n - 4)))
  const centre = mean(sortAscending(values).slice(trimmed, n - trimmed))
  const kurtosis = mean(values.map((each) => (each - centre) ** 4)) / ((value * (n - 1)) / n) ** 2
  const error = (n / (n - Z_95)) * Math.sqrt(Math.max(0, kurtosis - (n - 3) / n) / (n - 1))
  const factor = Math.exp(Z_95 * error)
  return {
    value,
    standardError: value * error,
    samples: n,
    interval: error <= LARGEST_ERROR ? [value / factor, value * factor] : null,
  }
}

/**
 * Events per minute, as the mean over their sources. The standard error is that of a renewal process: the variation of the gaps over
 * √n (Cox 1962). Undefined unless some source has three events.
 * @param times milliseconds since the epoch, by source
 */
export function computeRate(times: readonly (readonly number[])[]): Figure | undefined {
  const rates = times.flatMap((own) => {
    const gaps = own.toSorted((a, b) => a - b).flatMap((at, i, all) => (i === 0 ? [] : [(at - all[i - 1]!) / 60_000]))
    const typical = mean(gaps)
    if (gaps.length < 2 || typical === 0) return []
    const variation = Math.sqrt(variance(gaps, 1)) / typical
    return [{ value: 1 / typical, standardError: variation / typical / Math.sqrt(gaps.length), samples: own.length }]
  })
  if (rates.length === 0) return undefined
  return {
    value: mean(rates.map(({ value }) => value)),
    standardError: Math.hypot(...rates.map(({ standardError }) => standardError)) / rates.length,
    samples: rates.reduce((sum, { samples }) => sum + samples, 0),
  }
}

/** Fewer values of an arm say too little of how they scatter for an interval. */
const MIN_SAMPLES = 10

/** The change from one figure to another on a scale on which changes add up, with its 95% interval; without one where an arm has none. */
export function subtractFigures(from: Figure, to: Figure): { estimate: number; interval: [low: number, high: number] | null } {
  const estimate = to.value - from.value
  const [before, after] = [limitsOf(from), limitsOf(to)]
  if (!before || !after) return { estimate, interval: null }
  const { interval } = sumEstimates([
    { estimate: to.value, interval: after },
    { estimate: -from.value, interval: [-before[1], -before[0]] },
  ])
  return { estimate, interval: interval.every(Number.isFinite) ? interval : null }
}

function limitsOf({ value, standardError, samples, interval }: Figure): [low: number, high: number] | null {
  if (samples < MIN_SAMPLES) return null
  return interval === undefined ? intervalAround(value, standardError, samples - 1) : interval
}

/** The standard error of a share of which every event was alike: that with half an event more of each kind (Agresti & Coull 1998). */
function errorOfConstantShare(share: number, events: number): number {
  const moderated = (share * events + 0.5) / (events + 1)
  return Math.sqrt((moderated * (1 - moderated)) / (events + 1))
}

/** A figure on the scale of its metric (`effect-scale.ts`), to first order (delta method). */
export function scaleFigure(traits: MetricKindAndDirection, { value, standardError, samples, interval }: Figure): Figure {
  const { toScale } = createEffectScale(traits)
  const errorOfShare = standardError === 0 ? errorOfConstantShare(value, samples) : standardError
  return {
    value: toScale(value),
    standardError: traits.kind === 'proportion' ? 100 * errorOfShare : standardError / value,
    samples,
    interval: interval && [toScale(interval[0]), toScale(interval[1])],
  }
}

/**
 * The improvement from one figure to another and its 95% interval: percent of a quantity, points of a proportion; null if they do not
 * compare, and no interval where there are too few values for one.
 */
export function compareFigures(
  traits: MetricKindAndDirection,
  before: Figure,
  after: Figure,
): { improvement: number; interval: [number, number] | null } | null {
  const { sign, toImprovement } = createEffectScale(traits)
  const { estimate, interval } = subtractFigures(scaleFigure(traits, before), scaleFigure(traits, after))
  if (!Number.isFinite(estimate)) return null
  const [low, high] = interval?.map(toImprovement) ?? []
  if (low === undefined || high === undefined) return { improvement: toImprovement(estimate), interval: null }
  return { improvement: toImprovement(estimate), interval: sign > 0 ? [low, high] : [high, low] }
}
