/** A normal belief about a number. */
export interface NormalBelief {
  mean: number
  /** Above 0. */
  variance: number
}

/** Combines independent beliefs: their mean, weighted by precision; undefined if there are none. */
export function combineBeliefs(beliefs: readonly NormalBelief[]): NormalBelief | undefined {
  if (beliefs.length === 0) return undefined
  const precision = beliefs.reduce((sum, { variance }) => sum + 1 / variance, 0)
  const mean = beliefs.reduce((sum, { mean, variance }) => sum + mean / variance, 0) / precision
  return { mean, variance: 1 / precision }
}

/** The belief about a quantity that differs from the original one with this variance. */
export function widenBelief({ mean, variance }: NormalBelief, by: number): NormalBelief {
  return { mean, variance: variance + by }
}
