/** The value of a trial: the improvement that it may find, less what it may cost. */
import { partialExpectation } from '../../statistics/normal.ts'
import { mean } from '../../statistics/summaries.ts'
import type { PredictionAtPoint } from '../response-model.ts'

export interface AcquisitionContext {
  /** The best so far, which a trial should improve on. */
  best: PredictionAtPoint
  /** How much better a point must be, on the objective's scale. */
  margin: number
}

/** @param appeal factor on the improvement: less for many knobs, or for a restart */
export type AcquisitionFunction = (point: PredictionAtPoint, appeal: number) => number

/**
 * The expected improvement (Mockus 1978) less the weighed expected loss, both relative to the best, times the probability of meeting
 * the constraints.
 */
export function createExpectedImprovement({ best, margin }: AcquisitionContext, lossWeight: number): AcquisitionFunction {
  return ({ members, feasible }, appeal) => {
    // Of the difference from the best: what is uncertain about both is nothing to gain.
    const gains = members.map(({ mean, differenceVariance }, i) => {
      const better = best.members[i]!.mean - mean
      const deviation = Math.sqrt(differenceVariance)
      return partialExpectation(better - margin, deviation) - lossWeight * partialExpectation(-better, deviation)
    })
    return mean(gains) * feasible * appeal
  }
}

/** How much a loss relative to the start counts against an improvement, and what breaking a constraint costs, as an improvement. */
const LOSS = 0.5
const BREACH = 0.1

/**
 * The expected improvement less what users may feel: a loss relative to the start, or a broken constraint.
 * @param stay the prediction for the start, whose level is known: what is uncertain is the point itself
 */
export function createNetImprovement({ best, margin }: AcquisitionContext, stay: PredictionAtPoint): AcquisitionFunction {
  return ({ members, feasible }, appeal) => {
    const gains = members.map((each, i) =>
      partialExpectation(best.members[i]!.mean - each.mean - margin, Math.sqrt(each.differenceVariance)),
    )
    const losses = members.map((each, i) => partialExpectation(each.mean - stay.members[i]!.mean, Math.sqrt(each.variance)))
    return mean(gains) * feasible * appeal - LOSS * mean(losses) - BREACH * (1 - feasible)
  }
}
