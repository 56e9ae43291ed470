import type { TunerKnob } from '../space/knob.ts'
import type { Point } from '../space/space.ts'

/**
 * What is assumed of the numbers before anything is measured: bounds are declared on both sides of the best value, so a value near one
 * of them is likelier to be too far that way than not far enough.
 * @param ends how much worse than the middle of its range either end is thought to be
 * @param matters of each knob, whether it is thought to act on the metric
 */
export function createPriorMean(
  knobs: readonly TunerKnob[],
  matters: readonly boolean[],
  ends: number,
): (point: Point) => number {
  const numbers = knobs.flatMap((knob, i) => ('min' in knob && knob.centred !== false && matters[i] ? [i] : []))
  return (point) => ends * numbers.reduce((sum, i) => sum + (2 * (point[i] as number) - 1) ** 2, 0)
}
