import type { TrialRecord } from '../../model/experience.ts'
import { rounded } from '../rounding.ts'

export interface Expectation {
  /** Percent for times, points for rates and scores. */
  improvement: number
  /** Milliseconds. */
  implementationTime: number
}

/** The prior counts as much as this many trials. */
const priorWeight = 3

/**
 * What a strategy promises where it succeeds (B5): the prior until there are proven trials of its type on agents of its
 * kind, then their mean, shrunk toward the prior. The time is the mean of all such trials.
 */
export function expectation(prior: Expectation, trials: readonly TrialRecord[]): Expectation {
  const gains = trials.flatMap(({ verdict, improvement }) => (verdict === 'keep' && improvement !== null ? [improvement] : []))
  const improvement = (prior.improvement * priorWeight + sum(gains)) / (priorWeight + gains.length)
  const times = trials.map(({ executionTimeMs }) => executionTimeMs)
  return {
    improvement: rounded(improvement),
    implementationTime: times.length > 0 ? Math.round(sum(times) / times.length) : prior.implementationTime,
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
