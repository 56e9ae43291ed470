/** A draw from the exponential distribution. */
export function exponential(mean: number): number {
  return -mean * Math.log(1 - Math.random())
}

/** A draw from the standard normal distribution (Box-Muller). */
export function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
}

/** A draw from the lognormal distribution; `sigma` is the standard deviation of the logarithm. */
export function lognormal(median: number, sigma: number): number {
  return median * Math.exp(sigma * normal())
}

export function chance(probability: number): boolean {
  return Math.random() < probability
}

/** A sampler of ranks 0 … size − 1 whose frequencies fall with rank^−exponent (Zipf). */
export function zipf(size: number, exponent: number): () => number {
  const weights = Array.from({ length: size }, (_, rank) => (rank + 1) ** -exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return () => {
    let left = Math.random() * total
    let rank = 0
    while (rank < size - 1 && left > weights[rank]!) left -= weights[rank++]!
    return rank
  }
}
