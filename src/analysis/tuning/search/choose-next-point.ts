/** The choice of the next configuration to try. */
import { normalCdf, partialExpectation } from '../../statistics/normal.ts'
import type { RandomSource } from '../../statistics/random.ts'
import { mean } from '../../statistics/summaries.ts'
import { type KnownPoint, OWN_TASK } from '../known.ts'
import type { PointPrediction, ResponseModel } from '../response-model.ts'
import type { Point, Space } from '../space/space.ts'
import { createExploredRegion } from './explored-region.ts'
import type { Incumbent } from './incumbent.ts'
import { proposeMoves, proposeMovesToward } from './moves.ts'
import type { RiskTolerance } from './risk-tolerance.ts'
import type { SearchRegion } from './search-region.ts'

export interface ChosenPoint extends PointPrediction {
  point: Point
  /** Probability of doing more harm than allowed, or of breaking a constraint. */
  risk: number
  /**
   * On the objective's scale: the expected improvement less the weighed expected loss, times the probability of meeting the
   * constraints; a little less for many knobs.
   */
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
  /** How much the expected loss during a trial counts against its expected improvement. */
  lossWeight: number
  start: Point
  known: readonly KnownPoint[]
  caution: RiskTolerance
  /** Minimum probability of being harmless, and of meeting the constraints, of what is tried if nothing new is as safe as that. */
  fallback: Pick<RiskTolerance, 'harmless' | 'feasible'> | undefined
  /** How far from the best a trial may go, as a share of a knob's range. */
  reach: number
  /** Already being tried. */
  pending: readonly Point[]
  room: SearchRegion
}

/** Factor on the worth of a change that needs a restart. */
const RESTART = 0.8
/** Factor for every further knob. */
const FEW = 0.98
/** Candidates near the best; rounds of refinement, candidates refined in each, new ones per candidate, and their share of the reach. */
const WIDE = 300
const ROUNDS = 2
const REFINED = 5
const FINE = 12
const CLOSER = 0.3
/** Share of the highest probability that counts as about as likely. */
const ALMOST = 0.95
/** With more measurements than this there are fewer candidates, because the cost of each grows with the square. */
const MANY = 55

/** The configuration with the largest worth, mainly its expected improvement (Mockus 1978), among those that are safe enough to try. */
export function chooseNextPoint(situation: SearchContext, random: RandomSource): ChosenPoint {
  const { space, belief, start, known, caution, fallback, reach, pending, room, margin, trialCost } = situation
  const confined = room.confine(situation.best.point)
  const base = room.allows(confined) ? confined : start
  const best = { ...situation.best, ...belief.predictNear(base)(base), point: base }
  const predict = belief.predictNear(best.point)
  const limit = Math.min(predict(start).mean + Math.log1p(caution.harm), best.mean + Math.log1p(caution.setback))
  const harmless = known.flatMap(({ point }, i) => (belief.measured[i]! <= limit ? [point] : []))
  const within = createExploredRegion(space, start, [best.point, ...harmless], caution.step)
  const worth = (point: Point, { feasible, members }: PointPrediction, lossWeight: number) => {
    const changed = space.differingKnobs(point, best.point)
    const restarts = changed.some((knob) => space.knobs[knob]!.applies === 'restart')
    // Of the difference from the best: what is uncertain about both is nothing to gain.
    const gains = members.map(({ mean, differenceVariance }, i) => {
      const better = best.members[i]!.mean - mean
      const deviation = Math.sqrt(differenceVariance)
      return partialExpectation(better - margin, deviation) - lossWeight * partialExpectation(-better, deviation)
    })
    return mean(gains) * feasible * FEW ** (changed.length - 1) * (restarts ? RESTART : 1)
  }
  const assess = (point: Point) => {
    const judged = predict(point)
    const safety = mean(judged.members.map((each) => normalCdf((limit - each.mean) / Math.sqrt(each.variance))))
    const risk = 1 - judged.feasible * safety
    return { point, ...judged, risk, safety, worth: worth(point, judged, situation.lossWeight) }
  }
  const isEligible = (point: Point) => {
    const changed = String(space.differingKnobs(point, best.point))
    const isNew = changed !== '' && pending.every((other) => String(space.differingKnobs(other, best.point)) !== changed)
    return isNew && within(point)
  }
  const learned = known
    .filter(({ task }) => task !== OWN_TASK)
    .flatMap(({ point }) => proposeMovesToward(space, best.point, point, start))
  const affordable = Math.min(1, (MANY / known.length) ** 2)
  const wide = proposeMoves(space, room, best.point, start, reach, Math.round(WIDE * affordable), random)
  const few = [...wide, ...belief.leaders.map(room.confine)].filter(room.allows)
  const copies = learned.map(room.confine).filter((point) => room.mayCopy || room.allows(point))
  const assessed = [...few, ...copies].filter(isEligible).map(assess)
  const isSafe = ({ safety }: { safety: number }) => safety >= caution.harmless
  for (let round = 0; round < ROUNDS; round++) {
    const fine = selectSafest(assessed.filter(isSafe), best, caution.feasible)
      .sort((a, b) => b.worth - a.worth)
      .slice(0, REFINED)
      .flatMap(({ point }) => proposeMoves(space, room, point, start, reach * CLOSER, Math.round(FINE * affordable), random))
    assessed.push(...fine.filter(room.allows).filter(isEligible).map(assess))
  }
  const again: ChosenPoint = { ...assess(best.point), worth: 0 }
  const most = (points: readonly ChosenPoint[]) => points.reduce((a, b) => (b.worth > a.worth ? b : a), again)
  const careful = most(selectSafest(assessed.filter(isSafe), best, caution.feasible))
  const isMeasured = ({ point }: ChosenPoint) => known.some((each) => each.task === OWN_TASK && space.isSame(each.point, point))
  const bold = () =>
    assessed
      .filter((each) => each.safety >= fallback!.harmless && each.feasible >= fallback!.feasible && !isMeasured(each))
      .map((each) => ({ ...each, worth: worth(each.point, each, 1) }))
  const chosen = fallback && (careful.worth < trialCost || isMeasured(careful)) ? most([careful, ...bold()]) : careful
  // If nothing new is safe or worth it, measuring the best again is.
  return chosen.worth < trialCost ? { ...again, worth: chosen.worth } : chosen
}

/** The points that meet the constraints with the required probability, or if there are none, with about the highest one. */
function selectSafest<T extends PointPrediction>(careful: readonly T[], best: PointPrediction, asked: number): T[] {
  const surest = Math.max(best.feasible, ...careful.map(({ feasible }) => feasible))
  return careful.filter(({ feasible }) => feasible >= Math.min(asked, ALMOST * surest))
}
