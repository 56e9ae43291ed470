/** The range of each number that was tried without harm; far beyond it there may be a cliff, however flat it was so far. */
import type { Point, Space } from '../space/space.ts'

/** Tolerance for the rounding of logarithms. */
const ROUNDING = 1e-9

/**
 * Whether a point goes at most a step beyond the tried range; a step always reaches the next whole number.
 * @param step as a share of a knob's range
 */
export function createExploredRegion(space: Space, harmless: readonly Point[], step: number): (point: Point) => boolean {
  const ranges = space.dimensions.map(({ next }, knob) => {
    if (!next) return undefined
    const values = harmless.map((point) => point[knob] as number)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return { low: Math.min(low - step, next(low, -1)) - ROUNDING, high: Math.max(high + step, next(high, 1)) + ROUNDING }
  })
  return (point) =>
    ranges.every((range, knob) => !range || ((point[knob] as number) >= range.low && (point[knob] as number) <= range.high))
}
