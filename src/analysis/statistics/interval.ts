import { errorSpendingShare } from './group-sequential.ts'
import { normalQuantile, Z_95 } from './normal.ts'
import { studentQuantile } from './student.ts'

/**
 * The probability that the judge's interval misses the effect on either side, over all looks of a trial together. A change is kept if
 * its interval lies wholly on the good side; measured rates of keeping a change that is not an improvement stay below 2.5%.
 */
export const INTERVAL_ALPHA = 0.02

/** The limits of an interval. */
export type Interval = readonly [low: number, high: number]

/**
 * When an interval is valid. `at-every-look`: the judge's, which holds whenever the trial is stopped and is therefore wider.
 * `at-one-look`: 95% of a normal distribution, for samples that are looked at once.
 */
export type IntervalValidity = 'at-every-look' | 'at-one-look'

/**
 * Standard errors from the estimate to either limit. The judge's interval reaches as far as the group-sequential boundary of the look
 * at which the trial ended, from about 3 standard errors at the early looks to 2.2 at the last. A trial's record does not say which
 * look that was, so the boundary of a first look at half of the information is used for all of them: 2.52, a width of 5.04 standard
 * errors. Measured in simulated trials without an effect, it is 4.1 for times and 5.3 for rates.
 */
const STANDARD_ERRORS: Record<IntervalValidity, number> = {
  'at-every-look': -normalQuantile(INTERVAL_ALPHA * errorSpendingShare(0.5)),
  'at-one-look': Z_95,
}

/** The standard error behind an interval, in its unit. */
export function computeStandardError([low, high]: Interval, validity: IntervalValidity): number {
  return (high - low) / (2 * STANDARD_ERRORS[validity])
}

/** An estimate and its limits. */
export interface IntervalEstimate {
  estimate: number
  interval: Interval
}

/** The sum of independent estimates: their distances to their limits add up in squares (MOVER, Zou & Donner 2008). */
export function sumEstimates(parts: readonly IntervalEstimate[]): { estimate: number; interval: [low: number, high: number] } {
  const estimate = parts.reduce((sum, part) => sum + part.estimate, 0)
  const below = Math.hypot(...parts.map((part) => part.estimate - part.interval[0]))
  const above = Math.hypot(...parts.map((part) => part.interval[1] - part.estimate))
  return { estimate, interval: [estimate - below, estimate + above] }
}

/** The interval of an estimate that holds at one look, by Student's t; that of a normal estimate if the degrees of freedom are not given. */
export function intervalAround(
  estimate: number,
  standardError: number,
  degrees = Number.POSITIVE_INFINITY,
): [low: number, high: number] {
  const reach = studentQuantile(STANDARD_ERRORS['at-one-look'], degrees) * standardError
  return [estimate - reach, estimate + reach]
}
