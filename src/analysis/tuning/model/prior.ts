/** What is assumed of a metric's response to the knobs before anything is measured. */

/** Logarithms of the parameters of one model: a deviation and a lengthscale for each knob, then interaction and kinship. */
export type Parameters = number[]

export interface Prior {
  mean: Parameters
  spread: Parameters
}

/** Where the parameters of `dimensions` knobs stand in the list. */
export const layout = (dimensions: number) => ({
  /** Standard deviation of a knob's own effect. */
  deviation: (knob: number) => knob,
  /** Distance over which a knob's effect changes. */
  lengthscale: (knob: number) => dimensions + knob,
  /** Weight of what two knobs do together, against the product of what they do alone. */
  interaction: 2 * dimensions,
  /** Logit of the correlation between agents. */
  kinship: 2 * dimensions + 1,
})

/** @param total standard deviation of all knobs' effects together */
export function createPrior(dimensions: number, total: number): Prior {
  const of = (deviation: number, lengthscale: number, interaction: number, kinship: number) => [
    ...Array<number>(dimensions).fill(deviation),
    ...Array<number>(dimensions).fill(lengthscale),
    interaction,
    kinship,
  ]
  return {
    mean: of(Math.log(total / Math.sqrt(dimensions)), Math.log(0.5), Math.log(3), 1.5),
    spread: of(0.7, 0.5, 1, 1.2),
  }
}
