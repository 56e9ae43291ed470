/** Figures of samples with their standard errors: means, quantiles, variances and rates. */
import type { MetricTraits } from '../../model/metric.ts'
import type { RatioPart } from '../../model/readings.ts'
import { createEffectScale } from './effect-scale.ts'
import { intervalAround } from './interval.ts'
import { mean, quantile, sortAscending, variance } from './summaries.ts'

/** A figure in its own unit, with its standard error in the same. */
export interface Figure {
  value: number
  standardError: number
  samples: number
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
export function computeRatio(parts: readonly RatioPart[]): Figure | undefined {
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
 * A quantile. Its standard error is that of the ranks, √(n·p·(1 − p)), as the values lie around it (David & Nagaraja 2003, ch. 7);
 * undefined with fewer than two values.
 * @param share 0–1
 */
export function computeQuantile(values: readonly number[], share: number): Figure | undefined {
  const n = values.length
  if (n < 2) return undefined
  const ascending = sortAscending(values)
  const reach = Math.sqrt(n * share * (1 - share))
  const at = (rank: number) => ascending[Math.min(n - 1, Math.max(0, Math.round(rank)))]!
  const rank = share * (n - 1)
  return { value: quantile(values, share)!, standardError: (at(rank + reach) - at(rank - reach)) / 2, samples: n }
}

/** The variance; its standard error follows from the kurtosis (Cramér 1946, 27.4). Undefined with fewer than four values. */
export function computeVariance(values: readonly number[]): Figure | undefined {
  const n = values.length
  if (n < 4) return undefined
  const [centre, value] = [mean(values), variance(values, 1)]
  const fourth = mean(values.map((each) => (each - centre) ** 4))
  return { value, standardError: Math.sqrt(Math.max(0, fourth - (value ** 2 * (n - 3)) / (n - 1)) / n), samples: n }
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

/** The improvement from one figure to another and its 95% interval: percent of a quantity, points of a proportion; null if they do not compare. */
export function compareFigures(
  traits: MetricTraits,
  before: Figure,
  after: Figure,
): { improvement: number; interval: [number, number] } | null {
  const { sign, toScale, toImprovement } = createEffectScale(traits)
  const onScale = ({ value, standardError }: Figure) => ({
    at: toScale(value),
    error: traits.kind === 'proportion' ? 100 * standardError : standardError / value,
  })
  const [from, to] = [onScale(before), onScale(after)]
  const effect = to.at - from.at
  const error = Math.hypot(from.error, to.error)
  if (!Number.isFinite(effect) || !Number.isFinite(error)) return null
  const ends = intervalAround(effect, error).map(toImprovement) as [number, number]
  return { improvement: toImprovement(effect), interval: sign > 0 ? ends : [ends[1], ends[0]] }
}
