import { describeImprovement, formatDuration } from '../../../model/format.ts'
import { defaultTraits, type PersonalityTraits } from '../../../model/identity.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { computeTraitFactor } from '../../policy/traits.ts'
import { partialExpectation } from '../../statistics/normal.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'
import { assignArms } from '../../trials/arm-assignment.ts'
import { improvementVariances } from './posterior.ts'

/** The time for which a kept change is credited; after that, loads change, and metrics that miss a threshold are addressed again. */
const creditedMinutes = 60

/** The expected gain and cost of a trial, in percent (or points) of all of the agent's work times minutes. */
export interface CostBenefit {
  gain: number
  cost: number
}

/**
 * Impact against cost (B7). With the true effect θ of the next trial normal around its expectation, a change that helps enough is
 * kept and helps all work for an hour, E[θ; θ > least]; one that harms does so while it is tried, to the instances that try it, E[−θ; θ < 0].
 * The appetite of the optimizer multiplies the hour.
 */
export function estimateCostBenefit(
  strategy: Strategy,
  instances: number,
  traits: PersonalityTraits = defaultTraits,
): CostBenefit {
  const { expectedImprovement: mean, uncertainty = 0, targetMetric, implementationTime } = strategy
  const deviation = Math.sqrt(uncertainty ** 2 + improvementVariances.trials)
  const ids = Array.from({ length: instances }, (_, i) => String(i))
  const share = instances > 0 ? assignArms(ids, strategy.id).candidate.length / instances : 1
  return {
    gain:
      computeCreditedMinutes(traits) *
      partialExpectation(mean, deviation, getMinKeptImprovement(getRecordedMetric(strategy, targetMetric))),
    cost: share * (implementationTime / 60_000) * partialExpectation(-mean, deviation),
  }
}

/** The time for which a gain is credited against the harm of its trial, minutes. */
export const computeCreditedMinutes = (traits: PersonalityTraits): number =>
  creditedMinutes * computeTraitFactor(traits, 'optimization')

/** The reason why a strategy is not worth its trial, as a clause; undefined if it is. */
export function findCostBenefitObjection(
  strategy: Strategy,
  instances: number,
  traits: PersonalityTraits = defaultTraits,
): string | undefined {
  const { gain, cost } = estimateCostBenefit(strategy, instances, traits)
  if (gain >= cost) return undefined
  const expected = `similar trials averaged ${describeImprovement(getRecordedMetric(strategy, strategy.targetMetric), strategy.expectedImprovement, null)}`
  return `its trial would cost more than it gains: ${expected}, so the expected harm during the trial is ${cost.toFixed(1)} percent-minutes and the expected gain within ${formatDuration(60_000 * computeCreditedMinutes(traits))} is ${gain.toFixed(1)}`
}
