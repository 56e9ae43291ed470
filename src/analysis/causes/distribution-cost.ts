import { sortAscending } from '../statistics/summaries.ts'

/**
 * How badly one distribution fits a segment of values: minus twice the largest log-likelihood of its empirical distribution function,
 * integrated over quantiles that are closer at the tails (Haynes et al. 2017, equation 7). Constant time for each segment and quantile.
 */
export class DistributionCost {
  /** For each quantile, how many of the first values lie below it; a value that equals it counts half. */
  private readonly below: Float64Array[]
  private readonly weight: number

  constructor(values: readonly number[]) {
    const n = values.length
    const count = Math.min(n, Math.ceil(4 * Math.log(n)))
    const ascending = sortAscending(values)
    const c = -Math.log(2 * n - 1)
    this.weight = (-2 * c) / count
    this.below = Array.from({ length: count }, (_, k) => {
      const share = 1 / (1 + Math.exp(c * ((2 * k + 1) / count - 1)))
      const quantile = ascending[Math.min(n - 1, Math.floor(share * n))]!
      const sums = new Float64Array(n + 1)
      values.forEach((value, i) => {
        sums[i + 1] = sums[i]! + (value < quantile ? 1 : value === quantile ? 0.5 : 0)
      })
      return sums
    })
  }

  /** @param start inclusive @param end exclusive */
  of(start: number, end: number): number {
    const length = end - start
    let entropy = 0
    for (const sums of this.below) {
      const share = (sums[end]! - sums[start]!) / length
      if (share > 0 && share < 1) entropy += share * Math.log(share) + (1 - share) * Math.log(1 - share)
    }
    return -this.weight * length * entropy
  }
}
