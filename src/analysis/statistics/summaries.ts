/** Summaries of samples, which must be finite numbers. */

/** A value with its weight among others. */
export interface WeightedValue {
  value: number
  /** 0 or more. */
  weight: number
}

/** The mean; 0 if there are no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length ? sum / values.length : 0
}

/** The mean of the known values; null if there are none. */
export function meanIgnoringNulls(values: readonly (number | null | undefined)[]): number | null {
  let sum = 0
  let known = 0
  for (const value of values) {
    if (value === null || value === undefined) continue
    sum += value
    known++
  }
  return known > 0 ? sum / known : null
}

/** Σ weight · value / Σ weight; null if the weights sum to 0. */
export function weightedMean(parts: readonly WeightedValue[]): number | null {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  return total === 0 ? null : parts.reduce((sum, { value, weight }) => sum + value * weight, 0) / total
}

/**
 * The variance around the mean, Σ (value − mean)² / (n − lost); 0 if there are no values.
 * @param lost degrees of freedom: 0 for the values themselves, 1 for the distribution that they are a sample of
 */
export function variance(values: ArrayLike<number>, lost: 0 | 1 = 0): number {
  const centre = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2
  return values.length > lost ? sum / (values.length - lost) : 0
}

/** The values in ascending order. */
export function sortAscending(values: ArrayLike<number>): Float64Array {
  return new Float64Array(values).sort()
}

/** The median of ascending values. */
export function medianOfSorted(ascending: ArrayLike<number>): number {
  const middle = ascending.length >> 1
  return ascending.length % 2 ? ascending[middle]! : (ascending[middle - 1]! + ascending[middle]!) / 2
}

export const median = (values: ArrayLike<number>) => medianOfSorted(sortAscending(values))

/**
 * The sample quantile, by linear interpolation between ranks (Hyndman & Fan 1996, type 7); null if there are no values.
 * @param share 0–1
 */
export function quantile(values: ArrayLike<number>, share: number): number | null {
  return values.length === 0 ? null : quantileOfSorted(sortAscending(values), share)
}

/** The same of ascending values, at least one. */
export function quantileOfSorted(ascending: ArrayLike<number>, share: number): number {
  const rank = share * (ascending.length - 1)
  const below = ascending[Math.floor(rank)]!
  const above = ascending[Math.ceil(rank)]!
  return below + (above - below) * (rank - Math.floor(rank))
}

/**
 * Limits of a quantile, by inverting the distribution function (Woodruff 1952); infinite where the values are too few to set one.
 * @param ascending the values
 * @param share 0–1
 * @param reach by how much the share of values below the quantile may be off
 */
export function computeQuantileLimits(ascending: ArrayLike<number>, share: number, reach: number): [low: number, high: number] {
  const n = ascending.length
  return [ascending[Math.floor((share - reach) * n) - 1] ?? -Infinity, ascending[Math.ceil((share + reach) * n)] ?? Infinity]
}

/**
 * The quantile of weighted values, by linear interpolation between the midpoints of their weights.
 * @param ascending by value; at least one
 * @param share 0–1
 */
export function weightedQuantile(ascending: readonly WeightedValue[], share: number): number {
  const total = ascending.reduce((sum, { weight }) => sum + weight, 0)
  let before = 0
  let last: { value: number; at: number } | undefined
  for (const { value, weight } of ascending) {
    const at = (before + weight / 2) / total
    if (at >= share) return last ? last.value + ((value - last.value) * (share - last.at)) / (at - last.at) : value
    before += weight
    last = { value, at }
  }
  return last!.value
}

/** Weights that sum to 1, from their logarithms up to a constant; no logarithm is too large or too small (log-sum-exp). */
export function normalizeLogWeights(logarithms: readonly number[]): number[] {
  const largest = Math.max(...logarithms)
  const weights = logarithms.map((logarithm) => Math.exp(logarithm - largest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

export const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
