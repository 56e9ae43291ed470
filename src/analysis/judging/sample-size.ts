/** How many samples it takes to know an effect. */

/** What the noise of an effect depends on, on one scale. */
export interface NoiseSources {
  /** Variance of a single value. */
  perValue: number
  /** Standard deviation of how instances differ by nature, which a history shows the better, the longer it is. */
  unlike: number
}

/**
 * The samples of each arm after which an effect, the difference between two arms since a change less the one before, has this variance; the
 * history is as long as the trial.
 */
export function countSamplesForVariance(variance: number, { perValue, unlike }: NoiseSources): number {
  // With n samples: 2 · perValue / n of the trial, and 1 / (precision + n / (2 · perValue)) of the past.
  const precision = 1 / unlike ** 2
  const b = variance * precision - 2
  const root = Math.sqrt(b * b + 4 * variance * precision)
  return Math.ceil((perValue * (root - b)) / variance)
}
