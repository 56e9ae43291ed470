import type { Settings } from './knobs.ts'

function exponentialAverage(values: readonly number[], period: number): number {
  const weight = 2 / (period + 1)
  return values.reduce((average, value) => average + weight * (value - average), values[0] ?? 0)
}

/** Moving average convergence divergence, relative to the price. */
function macd(closes: readonly number[]): number {
  return (exponentialAverage(closes, 12) - exponentialAverage(closes, 26)) / (closes.at(-1) ?? 1)
}

/** Relative strength index (Wilder), shifted to −1…1. */
function relativeStrength(closes: readonly number[]): number {
  let [gains, losses] = [0, 0]
  for (let i = 1; i < closes.length; i++) {
    const move = closes[i]! - closes[i - 1]!
    if (move > 0) gains += move
    else losses -= move
  }
  return gains + losses === 0 ? 0 : (gains - losses) / (gains + losses)
}

/** Slope of the regression line in units of its own standard error. */
function trendStrength(closes: readonly number[]): number {
  const n = closes.length
  const middle = (n - 1) / 2
  const mean = closes.reduce((sum, close) => sum + close, 0) / n
  let [products, squares, residuals] = [0, 0, 0]
  closes.forEach((close, x) => {
    products += (x - middle) * (close - mean)
    squares += (x - middle) ** 2
  })
  const slope = products / squares
  closes.forEach((close, x) => {
    residuals += (close - mean - slope * (x - middle)) ** 2
  })
  return slope / Math.sqrt(residuals / Math.max(1, n - 2) / squares)
}

/** The direction of the indicators, −1 to 1: the mean of their signs. */
export function indicators(closes: readonly number[], set: Settings['indicatorSet']): number {
  const values = {
    trend: () => [trendStrength(closes)],
    momentum: () => [macd(closes), relativeStrength(closes)],
    all: () => [trendStrength(closes), macd(closes), relativeStrength(closes)],
  }[set]()
  return values.reduce((sum, value) => sum + Math.sign(value), 0) / values.length
}
