/** The prior on a metric's response to the knobs. */
import type { TunerKnob } from '../space/knob.ts'
import type { Point } from '../space/space.ts'

/** Logarithms of the parameters of one model: a deviation and a lengthscale for each knob, then interaction and kinship. */
export type ModelParameters = number[]

export interface ParameterPrior {
  mean: ModelParameters
  spread: ModelParameters
}

/** Indexes of the parameters of `dimensions` knobs in the list. */
export const parameterLayout = (dimensions: number) => ({
  /** Standard deviation of a knob's own effect. */
  deviation: (knob: number) => knob,
  /** Distance over which a knob's effect changes. */
  lengthscale: (knob: number) => dimensions + knob,
  /** Weight of the interaction of two knobs, relative to the product of their own effects. */
  interaction: 2 * dimensions,
  /** Logit of the correlation between agents. */
  kinship: 2 * dimensions + 1,
  size: 2 * dimensions + 2,
})

/** With fewer knobs than this, their total effect is smaller. */
const FEW = 6
/** Relative effect of a knob that is declared to affect other metrics only. */
const HARDLY = 0.03

/**
 * @param matters of each knob, whether it is thought to act on the metric
 * @param total standard deviation of all knobs' effects together
 */
export function createParameterPrior(matters: readonly boolean[], total: number): ParameterPrior {
  const dimensions = matters.length
  const usual = Math.log(total / Math.sqrt(Math.max(FEW, dimensions)))
  const of = (deviations: number[], lengthscale: number, interaction: number, kinship: number) => [
    ...deviations,
    ...Array<number>(dimensions).fill(lengthscale),
    interaction,
    kinship,
  ]
  return {
    mean: of(
      matters.map((does) => (does ? usual : Math.log(HARDLY))),
      Math.log(0.5),
      Math.log(3),
      1.5,
    ),
    spread: of(Array<number>(dimensions).fill(0.7), 0.5, 1, 1.2),
  }
}

/**
 * The prior mean of numeric knobs: bounds are declared on both sides of the best value, so a value near one of them is more likely to
 * be too far that way than not far enough.
 * @param ends how much worse than the middle of its range either end is assumed to be
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
