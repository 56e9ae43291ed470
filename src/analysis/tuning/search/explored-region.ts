/** The range of each number that was tried without harm; far beyond it there may be a cliff, however flat it was so far. */
import type { TunerKnob } from '../space/knob.ts'
import type { KnobPoint, Space } from '../space/space.ts'

/** Tolerance for the rounding of logarithms. */
const ROUNDING = 1e-9
/** On a log scale, maximum factor of the first step in a direction: a step across six decades would be a leap. */
const FIRST_FACTOR = 3

/**
 * Whether a point goes at most a step beyond the tried range; a step always reaches the next whole number. On a wide log scale the first
 * step is shorter, and later ones are at most as long as the way from the start so far.
 * @param harmless the points that were tried, the start among them or not
 * @param step as a share of a knob's range
 */
export function createExploredRegion(
  space: Space,
  start: KnobPoint,
  harmless: readonly KnobPoint[],
  step: number,
): (point: KnobPoint) => boolean {
  const ranges = space.dimensions.map(({ next }, knob) => {
    if (!next) return undefined
    const values = harmless.map((point) => point[knob] as number)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const [first, from] = [firstStep(space.knobs[knob]!), start[knob] as number]
    const beyond = (covered: number) => Math.min(step, Math.max(first, covered))
    return {
      low: Math.min(low - beyond(from - low), next(low, -1)) - ROUNDING,
      high: Math.max(high + beyond(high - from), next(high, 1)) + ROUNDING,
    }
  })
  return (point) =>
    ranges.every((range, knob) => !range || ((point[knob] as number) >= range.low && (point[knob] as number) <= range.high))
}

/** As a share of the knob's range. */
function firstStep(knob: TunerKnob): number {
  const isWide = 'min' in knob && knob.scale === 'log'
  return isWide ? Math.log(FIRST_FACTOR) / Math.log(knob.max / knob.min) : 1
}
