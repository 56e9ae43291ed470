import { normal } from '../runtime/random.ts'

const stepsPerPath = 20

export function returnsOf(closes: readonly number[]): number[] {
  return closes.slice(1).map((close, index) => Math.log(close / closes[index]!))
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1))
}

/** The relative loss that 95% of simulated price paths stay below (Monte Carlo value at risk). */
export function valueAtRisk(returns: readonly number[], paths: number): number {
  const deviation = standardDeviation(returns)
  const losses = new Float64Array(paths)
  for (let path = 0; path < paths; path++) {
    let logPrice = 0
    for (let step = 0; step < stepsPerPath; step++) logPrice += deviation * normal()
    losses[path] = 1 - Math.exp(logPrice)
  }
  return losses.sort()[Math.floor(paths * 0.95)] ?? 0
}

/** The multiple of a position's risk: 1 plus the correlation of each holding that moves with it. */
export function exposure(returns: readonly number[], held: readonly (readonly number[])[]): number {
  return held.reduce((sum, other) => sum + Math.max(0, correlation(returns, other)), 1)
}

/** Pearson correlation of two series, over their common length. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length)
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i]!, b[i]!]
    sumA += x
    sumB += y
    squareA += x * x
    squareB += y * y
    product += x * y
  }
  const scale = Math.sqrt((n * squareA - sumA ** 2) * (n * squareB - sumB ** 2))
  return scale > 0 ? (n * product - sumA * sumB) / scale : 0
}
