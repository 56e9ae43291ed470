/** The configuration that is believed best among those that were measured. */
import type { PointPrediction, ResponseModel } from '../response-model.ts'
import type { Point } from '../space/space.ts'

export interface Incumbent extends PointPrediction {
  point: Point
}

/** Probability of keeping the constraints without which nothing is recommended. */
const CERTAINTY = 0.8
/** What breaking them would cost, on the objective's scale, where 1 is a factor of e. */
const BREACH = 2
/** Standard deviations by which a belief has to be better than another as certain as itself. */
const CAUTION = 0.3

export function selectIncumbent(belief: ResponseModel, start: Point): Incumbent {
  const predict = belief.predictNear(start)
  const score = ({ mean, deviation, feasible }: PointPrediction) =>
    mean + CAUTION * deviation + BREACH * (feasible < CERTAINTY ? 1 : 1 - feasible)
  const stay = { point: start, ...predict(start) }
  // The start is what runs: nothing has to be proven to stay there.
  let best = stay
  let least = stay.mean + CAUTION * stay.deviation
  for (const point of belief.leaders) {
    const judged = { point, ...predict(point) }
    if (score(judged) < least) {
      best = judged
      least = score(judged)
    }
  }
  return best
}
