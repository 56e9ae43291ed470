import { Z_95 } from './normal.ts'

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

/** Standard errors from the estimate to either limit. */
const REACH: Record<Validity, number> = { 'at-every-look': 2.5, 'at-one-look': Z_95 }

/** The standard error behind an interval, in its unit. */
export function standardErrorOf([low, high]: Interval, validity: Validity): number {
  return (high - low) / (2 * REACH[validity])
}

/** The interval of a normal estimate that holds at one look. */
export function intervalAround(estimate: number, standardError: number): [low: number, high: number] {
  const reach = REACH['at-one-look'] * standardError
  return [estimate - reach, estimate + reach]
}
