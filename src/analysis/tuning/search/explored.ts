/** How far each number has been taken without harm; what lies far beyond may be a cliff, however flat it was so far. */
import type { Point, Space } from '../space/space.ts'

/**
 * Whether a point goes beyond what was tried by no more than a step.
 * @param step as a share of a knob's range
 */
export function explored(space: Space, harmless: readonly Point[], step: number): (point: Point) => boolean {
  const ranges = space.dimensions.map(({ between }, knob) => {
    if (!between) return undefined
    const values = harmless.map((point) => point[knob] as number)
    return { low: Math.min(...values) - step, high: Math.max(...values) + step }
  })
  return (point) =>
    ranges.every((range, knob) => !range || ((point[knob] as number) >= range.low && (point[knob] as number) <= range.high))
}
