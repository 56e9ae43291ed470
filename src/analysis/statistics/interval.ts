import { errorSpendingShare } from './group-sequential.ts'
import { normalQuantile, Z_95 } from './normal.ts'

/**
 * The probability with which the judge's interval misses the effect on either side, over all looks together; what lies wholly on
 * the good side is kept. Measured rates of keeping what is no improvement stay below 2.5 %.
 */
export const INTERVAL_ALPHA = 0.02

/** Limits of an effect. */
export type Interval = readonly [low: number, high: number]

/**
 * How an interval was made. `at-every-look`: by the judge, so it holds whenever one stops looking, and is wider. `at-one-look`: from
 * finished samples, as 95 % of a normal distribution.
 */
export type Validity = 'at-every-look' | 'at-one-look'

/**
 * Standard errors from the estimate to either limit. The judge's limits lie where the boundary of the look lies at which the trial
 * ended: about 3 standard errors out at first, 2.2 at the end. What is remembered of a trial does not say which look that was, so
 * the boundary of a first look at half of the information stands for all of them: 2.52. In simulated trials without an effect the
 * estimates scattered by 1/4.1 (times) and 1/5.3 (rates) of the intervals' width, which is 1/5.04 by this.
 */
const REACH: Record<Validity, number> = {
  'at-every-look': -normalQuantile(INTERVAL_ALPHA * errorSpendingShare(0.5)),
  'at-one-look': Z_95,
}

/** The standard error behind an interval, in its unit. */
export function standardErrorOf([low, high]: Interval, validity: Validity): number {
  return (high - low) / (2 * REACH[validity])
}

/** An estimate between its limits. */
export interface IntervalEstimate {
  estimate: number
  interval: Interval
}

/** The sum of independent estimates: their distances to their limits add up in squares (MOVER, Zou & Donner 2008). */
export function sumOfEstimates(parts: readonly IntervalEstimate[]): { estimate: number; interval: [low: number, high: number] } {
  const estimate = parts.reduce((sum, part) => sum + part.estimate, 0)
  const below = Math.hypot(...parts.map((part) => part.estimate - part.interval[0]))
  const above = Math.hypot(...parts.map((part) => part.interval[1] - part.estimate))
  return { estimate, interval: [estimate - below, estimate + above] }
}

/** The interval of a normal estimate that holds at one look. */
export function intervalAround(estimate: number, standardError: number): [low: number, high: number] {
  const reach = REACH['at-one-look'] * standardError
  return [estimate - reach, estimate + reach]
}
