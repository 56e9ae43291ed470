/** The choice of the next configuration to try. */
import { normalCdf } from '../../statistics/normal.ts'
import type { RandomSource } from '../../statistics/random.ts'
import { mean } from '../../statistics/summaries.ts'
import { type KnownPoint, OWN_TASK } from '../known-points.ts'
import type { PredictionAtPoint, ResponseModel } from '../response-model.ts'
import type { KnobPoint, Space } from '../space/space.ts'
import { createExpectedImprovement, createNetImprovement } from './acquisition.ts'
import { createExploredRegion } from './explored-region.ts'
import { combineHelpfulAdjustments } from './helpful-adjustments.ts'
import type { Incumbent } from './incumbent.ts'
import { proposeMoves, proposeMovesToward } from './moves.ts'
import type { RiskTolerance } from './risk-tolerance.ts'
import type { SearchRegion } from './search-region.ts'

export interface ChosenPoint extends PredictionAtPoint {
  point: KnobPoint
  /** Probability of doing more harm than allowed, or of breaking a constraint. */
  risk: number
  /** The improvement that is expected on balance (see `acquisition.ts`), a little less for many knobs. */
  worth: number
}

export interface SearchContext {
  space: Space
  belief: ResponseModel
  best: Incumbent
  /** How much better a point must be, on the objective's scale. */
  margin: number
  /** Minimum worth of a trial of a new point. */
  trialCost: number
  /** How much the expected loss during a trial counts against its expected improvement, if risks are not weighed. */
  lossWeight: number
  /** Whether what a trial may gain is weighed against what its users may lose, so that less certainty is enough. */
  weighsRisk: boolean
  start: KnobPoint
  known: readonly KnownPoint[]
  caution: RiskTolerance
  /** How far from the best a trial may go, as a share of a knob's range. */
  reach: number
  /** Already being tried. */
  pending: readonly KnobPoint[]
  room: SearchRegion
}

/** Factor on the worth of a change that needs a restart. */
const RESTART = 0.8
/** Factor for every further knob. */
const FEW = 0.98
/** If risks are weighed, the probabilities that are enough, and those that are if nothing new that is as safe is worth much. */
const PROMISING = { harmless: 0.8, feasible: 0.9 }
const UNPROVEN = { harmless: 0.65, feasible: 0.75 }
/** As an improvement; less hardly shows in a measurement, so that such steps teach nothing. */
const MUCH = 0.02
/** Maximum number of knobs turned at once: people must be able to understand a change. */
const MOST = 6
/** The same if risks are weighed, besides those that are known to help: a loss must be blamed on the right knob. */
const MAX_AT_RISK = 2
/**
 * Candidates near the best, and near the combination of what helps; rounds of refinement, candidates refined in each, new ones per
 * candidate, and their share of the reach.
 */
const WIDE = 300
const COMBINED = 60
const ROUNDS = 2
const REFINED = 5
const FINE = 12
const CLOSER = 0.3
/** Share of the highest probability that counts as about as likely. */
const ALMOST = 0.95
/** With more measurements than this there are fewer candidates, because the cost of each grows with the square. */
const MANY = 55

/** The configuration with the largest worth among those that are safe enough to try. */
export function chooseNextPoint(situation: SearchContext, random: RandomSource): ChosenPoint {
  const { space, belief, start, known, reach, pending, room, trialCost, weighsRisk } = situation
  const caution = weighsRisk ? atMost(situation.caution, PROMISING) : situation.caution
  const atOnce = weighsRisk ? MAX_AT_RISK : MOST
  const confined = room.confine(situation.best.point)
  const base = room.allows(confined) ? confined : start
  const best = { ...situation.best, ...belief.predictNear(base)(base), point: base }
  const predict = belief.predictNear(best.point)
  const stay = predict(start)
  const limit = Math.min(stay.mean + Math.log1p(caution.harm), best.mean + Math.log1p(caution.setback))
  const harmless = known.flatMap(({ point }, i) => (belief.measured[i]! <= limit ? [point] : []))
  const within = createExploredRegion(space, start, [best.point, ...harmless], caution.step)
  const comparison = { best, margin: situation.margin }
  const worth = weighsRisk ? createNetImprovement(comparison, stay) : createExpectedImprovement(comparison, situation.lossWeight)
  const appeal = (point: KnobPoint) => {
    const changed = space.differingKnobs(point, best.point)
    const restarts = changed.some((knob) => space.knobs[knob]!.applies === 'restart')
    return FEW ** (changed.length - 1) * (restarts ? RESTART : 1)
  }
  const assess = (point: KnobPoint) => {
    const judged = predict(point)
    const safety = mean(judged.members.map((each) => normalCdf((limit - each.mean) / Math.sqrt(each.variance))))
    const risk = 1 - judged.feasible * safety
    return { point, ...judged, risk, safety, worth: worth(judged, appeal(point)) }
  }
  const isMeasured = (point: KnobPoint) => known.some((each) => each.task === OWN_TASK && space.isSame(each.point, point))
  const isEligible = (point: KnobPoint) => {
    const changed = String(space.differingKnobs(point, best.point))
    const isNew = changed !== '' && pending.every((other) => String(space.differingKnobs(other, best.point)) !== changed)
    return isNew && within(point) && !(weighsRisk && isMeasured(point))
  }
  const learned = known
    .filter(({ task }) => task !== OWN_TASK)
    .flatMap(({ point }) => proposeMovesToward(space, best.point, point, start))
  const affordable = Math.min(1, (MANY / known.length) ** 2)
  const around = { space, room, start, atOnce }
  const wide = proposeMoves({ ...around, from: best.point, reach, count: Math.round(WIDE * affordable) }, random)
  const few = [...wide, ...belief.leaders.map(room.confine)].filter(room.allows)
  const copies = learned.map(room.confine).filter((point) => room.mayCopy || room.allows(point))
  const assessed = [...few, ...copies].filter(isEligible).map(assess)
  const isSafe = ({ safety }: { safety: number }) => safety >= caution.harmless
  const together = weighsRisk && combineHelpfulAdjustments(space, best, assessed.filter(isSafe), start, MOST - atOnce)
  const from = together ? [best.point, together] : [best.point]
  if (together) {
    const near = proposeMoves({ ...around, from: together, reach, count: Math.round(COMBINED * affordable) }, random)
    assessed.push(...[together, ...near].map(room.confine).filter(room.allows).filter(isEligible).map(assess))
  }
  for (let round = 0; round < ROUNDS; round++) {
    const fine = selectSafest(assessed.filter(isSafe), best, caution.feasible)
      .sort((a, b) => b.worth - a.worth)
      .slice(0, REFINED)
      .flatMap(({ point }) =>
        proposeMoves({ ...around, from: point, reach: reach * CLOSER, count: Math.round(FINE * affordable) }, random),
      )
      .filter((point) => !weighsRisk || from.some((each) => space.differingKnobs(point, each).length <= atOnce))
    assessed.push(...fine.filter(room.allows).filter(isEligible).map(assess))
  }
  const again: ChosenPoint = { ...assess(best.point), worth: 0 }
  const most = (points: readonly ChosenPoint[]) => points.reduce((a, b) => (b.worth > a.worth ? b : a), again)
  const careful = most(selectSafest(assessed.filter(isSafe), best, caution.feasible))
  const bold = () => assessed.filter((each) => each.safety >= UNPROVEN.harmless && each.feasible >= UNPROVEN.feasible)
  const chosen = weighsRisk && careful.worth < Math.max(MUCH, trialCost) ? most([careful, ...bold()]) : careful
  // If nothing new is safe or worth it, measuring the best again is.
  return chosen.worth < trialCost ? { ...again, worth: chosen.worth } : chosen
}

/** The points that meet the constraints with the required probability, or if there are none, with about the highest one. */
function selectSafest<T extends PredictionAtPoint>(careful: readonly T[], best: PredictionAtPoint, asked: number): T[] {
  const surest = Math.max(best.feasible, ...careful.map(({ feasible }) => feasible))
  return careful.filter(({ feasible }) => feasible >= Math.min(asked, ALMOST * surest))
}

/** The tolerance with probabilities of at most these. */
const atMost = (
  tolerance: RiskTolerance,
  { harmless, feasible }: Pick<RiskTolerance, 'harmless' | 'feasible'>,
): RiskTolerance => ({
  ...tolerance,
  harmless: Math.min(tolerance.harmless, harmless),
  feasible: Math.min(tolerance.feasible, feasible),
})
