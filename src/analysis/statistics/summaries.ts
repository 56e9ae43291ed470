/** The mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length ? sum / values.length : 0
}

/** The variance around the mean (divided by n). */
export function variance(values: ArrayLike<number>): number {
  const centre = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2
  return values.length ? sum / values.length : 0
}

export function sortAscending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort()
}

/** The median of ascending values. */
export function medianOfSorted(ascending: ArrayLike<number>): number {
  const middle = ascending.length >> 1
  return ascending.length % 2 ? ascending[middle]! : (ascending[middle - 1]! + ascending[middle]!) / 2
}

export const median = (values: ArrayLike<number>) => medianOfSorted(sortAscending(values))

export const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
