import { rounded } from './rounding.ts'

/** The optimizer starts with no standing, as if this many unproven trials had been seen. */
const doubt = 5

/**
 * How far the optimizer may act without a person's approval (B11): 0.80 without experience, rising toward 0.95 with every
 * proven trial and falling with every other one. The share of the way is the mean of the Beta posterior of success.
 */
export function autonomyLevel(trials: { proven: number; unproven: number }): number {
  const success = trials.proven / (trials.proven + trials.unproven + doubt)
  return rounded(0.8 + 0.15 * success, 3)
}
