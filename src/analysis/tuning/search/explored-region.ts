/** How far each number has been taken without harm; what lies far beyond may be a cliff, however flat it was so far. */
import type { Point, Space } from '../space/space.ts'

/** Of logarithms. */
const ROUNDING = 1e-9

/**
 * Whether a point goes beyond what was tried by no more than a step, which is never too small for the next whole number.
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
