/** Models of how a series moves when nothing is changed, each with its filter. */
import { normalizeLogWeights } from '../statistics/summaries.ts'
import type { StateSpace } from './state-space.ts'

/** A value at a time, in the unit of the filter's times. */
export interface Point {
  at: number
  value: number
}

/** A filter of one movement, and the prior probability of that. */
export interface WeightedFilter {
  filter: StateSpace
  prior: number
}

/** @param from number of points that the filter knows already */
export function filterPoints(filter: StateSpace, points: readonly Point[], changed: boolean, from = 0): StateSpace {
  for (let i = from; i < points.length; i++) filter.observe(points[i]!.at, points[i]!.value, changed)
  return filter
}

/**
 * Models after points that follow those they know. From look to look most points are the same, so the models go on from where they are; the same
 * points give the same array.
 */
export function createIncrementalFilters<M extends WeightedFilter>(
  start: readonly M[],
  changed: boolean,
): (points: readonly Point[]) => M[] {
  const restart = () => start.map((model) => ({ ...model, filter: model.filter.copy() }))
  let known: readonly Point[] = []
  let models = restart()
  return (points) => {
    const isLonger = known.every(({ at, value }, i) => points[i]?.at === at && points[i]!.value === value)
    if (isLonger && points.length === known.length) return models
    const followed = isLonger ? models : restart()
    for (const { filter } of followed) filterPoints(filter, points, changed, isLonger ? known.length : 0)
    models = [...followed]
    known = points
    return models
  }
}

/** The models by weight, the likeliest first (Bayesian model averaging, Hoeting et al. 1999). */
export function rankFilters<M extends WeightedFilter>(models: readonly M[]) {
  const logs = models.map(({ filter, prior }) => filter.likelihood + Math.log(prior))
  const weights = normalizeLogWeights(logs)
  return models.map((model, i) => ({ ...model, weight: weights[i]! })).sort((a, b) => b.weight - a.weight)
}
