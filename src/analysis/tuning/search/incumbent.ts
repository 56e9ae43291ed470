/** The measured configuration that is believed to be best. */
import type { PredictionAtPoint, ResponseModel } from '../response-model.ts'
import type { KnobPoint } from '../space/space.ts'

export interface Incumbent extends PredictionAtPoint {
  point: KnobPoint
}

/** Minimum probability of meeting the constraints to be recommended. */
const CERTAINTY = 0.8
/** Cost of violating them, on the objective's scale, on which 1 is a factor of e. */
const BREACH = 2
/** Standard deviations by which a belief must be better than an equally certain one. */
const CAUTION = 0.3

export function selectIncumbent(belief: ResponseModel, start: KnobPoint): Incumbent {
  const predict = belief.predictNear(start)
  const score = ({ mean, deviation, feasible }: PredictionAtPoint) =>
    mean + CAUTION * deviation + BREACH * (feasible < CERTAINTY ? 1 : 1 - feasible)
  const stay = { point: start, ...predict(start) }
  // The start is the current configuration: staying there needs no proof.
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
