/** The prior on a metric's response to the knobs. */
import type { TunerKnob } from '../space/knob.ts'
import type { KnobPoint } from '../space/space.ts'

/** Logarithms of the parameters of one model: a deviation and a lengthscale for each knob, then interaction and kinship. */
export type ModelParameters = number[]

export interface ParameterPrior {
  mean: ModelParameters
  spread: ModelParameters
  /** Standard deviation of a change of all knobs' effects together, in units of their spreads: a flat surface shows in every knob. */
  shared: number
}

/** Indexes of the parameters of `dimensions` knobs in the list. */
export const createParameterLayout = (dimensions: number) => ({
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
 * Of the effects' logarithms, the mean relative to equal shares of the total, and the standard deviation. Most knobs hardly matter and a
 * few matter much, above all among flags and other choices.
 */
const NUMBERS = { mean: -0.3, spread: 0.8 }
const CHOICES = { mean: -0.7, spread: 1 }
const SHARED = 0.7

/**
 * @param matters of each knob, whether it is thought to act on the metric
 * @param total standard deviation of all knobs' effects together
 */
export function createParameterPrior(knobs: readonly TunerKnob[], matters: readonly boolean[], total: number): ParameterPrior {
  const dimensions = matters.length
  const effects = knobs.map((knob) => ('min' in knob ? NUMBERS : CHOICES))
  const usual = Math.log(total / Math.sqrt(Math.max(FEW, dimensions)))
  const of = (deviations: number[], lengthscale: number, interaction: number, kinship: number) => [
    ...deviations,
    ...Array<number>(dimensions).fill(lengthscale),
    interaction,
    kinship,
  ]
  return {
    mean: of(
      effects.map(({ mean }, i) => (matters[i] ? usual + mean : Math.log(HARDLY))),
      Math.log(0.5),
      Math.log(3),
      1.5,
    ),
    spread: of(
      effects.map(({ spread }) => spread),
      0.5,
      1,
      1.2,
    ),
    shared: SHARED,
  }
}

/** Standard deviations of the depth of the parabolas below, relative to its mean: each knob's own, and that of all together. */
const DEPTH = { own: 0.6, shared: 0.8 }

/** Numbers whose best value is thought to lie between their bounds. */
const listCentred = (knobs: readonly TunerKnob[], matters: readonly boolean[]) =>
  knobs.flatMap((knob, i) => ('min' in knob && knob.centred !== false && matters[i] ? [i] : []))

const parabola = (at: number) => (2 * at - 1) ** 2

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
): (point: KnobPoint) => number {
  const numbers = listCentred(knobs, matters)
  return (point) => ends * numbers.reduce((sum, i) => sum + parabola(point[i] as number), 0)
}

/**
 * The uncertainty about that mean, as features with standard normal coefficients. On many systems the best values lie at the ends, and
 * this shows in the first knobs that are turned.
 */
export function createPriorFeatures(
  knobs: readonly TunerKnob[],
  matters: readonly boolean[],
  ends: number,
): (point: KnobPoint) => Float64Array {
  const numbers = listCentred(knobs, matters)
  return (point) => {
    const parabolas = numbers.map((i) => ends * parabola(point[i] as number))
    const all = parabolas.reduce((sum, each) => sum + each, 0)
    return Float64Array.from([DEPTH.shared * all, ...parabolas.map((each) => DEPTH.own * each)])
  }
}
