/** The adjustments that are believed to help: what is known about a knob needs no trial of its own. */
import { normalCdf } from '../../statistics/normal.ts'
import { mean } from '../../statistics/summaries.ts'
import type { PredictionAtPoint } from '../response-model.ts'
import type { KnobPoint, Space } from '../space/space.ts'
import type { Incumbent } from './incumbent.ts'

/** Minimum probability that turning a knob alone is an improvement. */
const LIKELY = 0.75

interface Candidate extends Incumbent {
  worth: number
}

/**
 * The best point, with all knobs turned that are likely to help by themselves, each by its most valuable step; undefined if there
 * are fewer than two.
 * @param candidates assessed relative to the best point, and safe enough to try
 * @param most maximum number of knobs; the most valuable ones are chosen
 */
export function combineHelpfulAdjustments(
  space: Space,
  best: Incumbent,
  candidates: readonly Candidate[],
  start: KnobPoint,
  most: number,
): KnobPoint | undefined {
  const adjustments = new Map<number, Candidate>()
  for (const each of candidates) {
    const [knob, ...others] = space.differingKnobs(each.point, best.point)
    if (knob === undefined || others.length > 0 || probabilityOfImprovement(each, best) < LIKELY) continue
    if (each.worth > (adjustments.get(knob)?.worth ?? -Infinity)) adjustments.set(knob, each)
  }
  if (adjustments.size < 2) return undefined
  const together = [...best.point]
  for (const [knob, { point }] of [...adjustments].sort(([, a], [, b]) => b.worth - a.worth).slice(0, most))
    together[knob] = point[knob]!
  return space.resetInactive(together, start)
}

function probabilityOfImprovement({ members }: PredictionAtPoint, best: PredictionAtPoint): number {
  return mean(members.map((each, i) => normalCdf((best.members[i]!.mean - each.mean) / Math.sqrt(each.differenceVariance))))
}
