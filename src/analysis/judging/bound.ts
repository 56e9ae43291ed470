import type { MetricKindAndDirection } from '../../model/metric.ts'
import type { Sample } from '../../model/trial.ts'
import { linearizeRatio } from '../statistics/figures.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { clamp, mean, quantile } from '../statistics/summaries.ts'
import { computeAutocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'

/** A bound on the mean of a metric, or on one of its quantiles. */
export interface LevelBound {
  /** The limit, in the unit of the metric. */
  limit: number
  side: 'min' | 'max'
  /** The quantile that the limit is for, 0–1; the mean if omitted. */
  quantile?: number | undefined
  /** How far beyond the limit is tolerated: a share of the limit for a quantity, a difference for a proportion (0–1). */
  tolerance: number
}

/** The position of an arm relative to a bound. */
export interface BoundAssessment {
  /** Within the bound, or beyond it by less than the tolerance: proven at the level asked for. */
  isWithin: boolean
  /** Beyond the bound: proven at the level asked for. */
  isBeyond: boolean
  /** Beyond the bound as far as the samples show, proven or not. */
  seemsBeyond: boolean
  /** Beyond the bound by more than the tolerance: proven at the level asked for. */
  isFarBeyond: boolean
  /** The same as far as the samples show. */
  seemsFarBeyond: boolean
}

const ORDER = 2

/**
 * The position of samples relative to a bound. A limit on a quantile is one on a share: with a p95 of at most 3 s, at most 5% of the values are
 * above it, whatever their distribution. Limits of a share are Wilson's (1927), with the number of independent values that the
 * autocorrelation leaves; those of a mean are normal with likewise noise. A ratio of sums with nothing to divide by is beyond every
 * upper limit, if there is something to divide.
 * @param level one-sided error probability
 */
export function assessBound(
  samples: readonly Sample[],
  bound: LevelBound,
  { kind }: MetricKindAndDirection,
  level: number,
): BoundAssessment {
  const sign = bound.side === 'max' ? 1 : -1
  const furthest = computeToleratedLimit(bound, { kind })
  const values = samples.some(({ per }) => per !== undefined) ? linearizeRatio(samples) : samples.map(({ value }) => value)
  if (values.length === 0) return assessWithoutUnits(samples, bound, level)
  if (bound.quantile !== undefined) {
    const allowed = shareAllowed(bound.side, bound.quantile)
    const shareBeyond = (limit: number) =>
      wilson(
        values.map((value) => Number(sign * (value - limit) > 0)),
        level,
      )
    const [exact, lenient] = [shareBeyond(bound.limit), shareBeyond(furthest)]
    return {
      isWithin: lenient.high <= allowed,
      isBeyond: exact.low > allowed,
      seemsBeyond: exact.share > allowed,
      isFarBeyond: lenient.low > allowed,
      seemsFarBeyond: lenient.share > allowed,
    }
  }
  const { low, high, share: centre } = kind === 'proportion' ? wilson(values, level) : normalLimits(values, level)
  const [best, worst] = sign > 0 ? [low, high] : [high, low]
  const isPast = (value: number, limit: number) => sign * (value - limit) > 0
  return {
    isWithin: !isPast(worst, furthest),
    isBeyond: isPast(best, bound.limit),
    seemsBeyond: isPast(centre, bound.limit),
    isFarBeyond: isPast(best, furthest),
    seemsFarBeyond: isPast(centre, furthest),
  }
}

/** The value that is still tolerated beyond a limit. */
export function computeToleratedLimit(
  { limit, side, tolerance }: LevelBound,
  { kind }: Pick<MetricKindAndDirection, 'kind'>,
): number {
  return limit + (side === 'max' ? 1 : -1) * (kind === 'proportion' ? tolerance : tolerance * Math.abs(limit))
}

/** Where none came, up to −ln(level) units could have been expected by chance (Poisson). */
function assessWithoutUnits(samples: readonly Sample[], { limit, side }: LevelBound, level: number): BoundAssessment {
  const total = samples.reduce((sum, { value }) => sum + value, 0)
  const isBeyond = side === 'max' && total > -Math.log(level) * limit
  const seemsBeyond = side === 'max' && total > 0
  return { isWithin: false, isBeyond, seemsBeyond, isFarBeyond: isBeyond, seemsFarBeyond: seemsBeyond }
}

/**
 * Whether samples seem further beyond a bound on a quantile than the usual ones, by more than the tolerance. A bound on the mean needs no such
 * comparison: the judge compares means.
 * @param usual samples of what they are compared with; the furthest beyond counts
 */
export function exceedsBoundMoreThanUsual(
  samples: readonly Sample[],
  usual: readonly (readonly Sample[])[],
  { side, quantile: at, tolerance }: LevelBound,
): boolean {
  if (at === undefined) return false
  const sign = side === 'max' ? 1 : -1
  const levels = usual.flatMap((list) => {
    const level = quantile(
      list.map(({ value }) => value),
      at,
    )
    return level === null ? [] : [sign * level]
  })
  const furthest = sign * Math.max(...levels)
  const limit = furthest + sign * tolerance * Math.abs(furthest)
  return mean(samples.map(({ value }) => Number(sign * (value - limit) > 0))) > shareAllowed(side, at)
}

const shareAllowed = (side: LevelBound['side'], quantile: number) => (side === 'max' ? 1 - quantile : quantile)

interface Limits {
  share: number
  low: number
  high: number
}

/** Limits of the mean of values from 0 to 1. Scores between the ends vary less than events of that share, which counts as more values. */
function wilson(values: readonly number[], level: number): Limits {
  const z = -normalQuantile(level)
  const n = values.length
  const share = mean(values)
  const spread = Math.max(share * (1 - share), 1e-9)
  const noise = noiseOfMean(values)
  const isEvents = values.every((value) => value === 0 || value === 1)
  const effective = noise > 1e-12 ? clamp(spread / noise, 1, isEvents ? n : 20 * n) : n
  const centre = (share + z ** 2 / (2 * effective)) / (1 + z ** 2 / effective)
  const reach = (z / (1 + z ** 2 / effective)) * Math.sqrt((share * (1 - share)) / effective + z ** 2 / (4 * effective ** 2))
  return { share, low: clamp(centre - reach, 0, 1), high: clamp(centre + reach, 0, 1) }
}

function normalLimits(values: readonly number[], level: number): Limits {
  const reach = -normalQuantile(level) * Math.sqrt(noiseOfMean(values))
  const share = mean(values)
  return { share, low: share - reach, high: share + reach }
}

function noiseOfMean(values: readonly number[]): number {
  const centre = mean(values)
  const deviations = values.map((value) => value - centre)
  return deviations.every((deviation) => deviation === 0)
    ? 0
    : fitAutoregressiveNoise(computeAutocovariances(deviations, ORDER)).ofMean(values.length)
}
