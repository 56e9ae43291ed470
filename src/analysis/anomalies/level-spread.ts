/**
 * How the spread of the residuals grows with the level: as a power of it, 0 for noise that is added, 1 for noise that multiplies, 1/2 for counts.
 * It is the slope of a regression of the logarithms, with exponential means.
 */
export interface LevelSpread {
  count: number
  /** The means of the logarithms of the forecast and of the size of its residual. */
  level: number
  size: number
  /** The variance of the first, and the covariance of both. */
  variance: number
  covariance: number
}

const slowest = 0.0005
const fewest = 50
/** Added to the variance of a level that hardly moves, and so says little about the slope. */
const shrinkage = 0.02
/** Limit of the logarithm of the factor. */
const farthest = 1.5

export function createLevelSpread(): LevelSpread {
  return { count: 0, level: 0, size: 0, variance: 0, covariance: 0 }
}

/**
 * The spread of residuals at a forecast, relative to that at the usual level; then learns the residual. 1 for a forecast that is not above `least`.
 *
 * @param least the smallest level that counts, and `floor` the smallest residual that matters, in the unit of the metric
 */
export function trackRelativeSpread(
  spread: LevelSpread,
  forecast: number,
  residual: number,
  least: number,
  floor: number,
): number {
  if (forecast <= least) return 1
  const level = Math.log(forecast) - spread.level
  const size = Math.log(Math.abs(residual) + floor) - spread.size
  const slope = Math.max(0, Math.min(1, spread.covariance / (spread.variance + shrinkage)))
  const factor = spread.count <= fewest ? 1 : Math.exp(Math.max(-farthest, Math.min(farthest, slope * level)))
  const rate = Math.max(slowest, 1 / ++spread.count)
  spread.level += rate * level
  spread.size += rate * size
  spread.variance += rate * (level * level - spread.variance)
  spread.covariance += rate * (level * size - spread.covariance)
  return factor
}
