/** Assessors of one instance that switches back and forth. */
import type { Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import type { JudgedSamples } from './arrangement.ts'
import {
  type Assessor,
  type GuardTestOptions,
  type MetricDirection,
  toAssessment,
  toProportionAssessment,
  uniformInformationFraction,
} from './assessment.ts'
import { getDenominator } from './mean-ratio.ts'
import { fitReferences, MIN_CLIP } from './reference.ts'
import { fitStratumLevels } from './stratum-levels.ts'
import { estimateSwitchbackEffect } from './switchback.ts'
import { fitSwitchbackTailEffect } from './tail-effect.ts'

/** A quantity of one instance that switches back and forth; the history shows its usual values and how they scatter. */
export function createSwitchbackAssessor(past: Sample[], direction: MetricDirection, { minStep }: GuardTestOptions): Assessor {
  const ofPast = past.length > 0 ? fitReferences({ control: past, candidate: [] }) : undefined
  const assess = (since: JudgedSamples) => {
    const known = past.length > 0 ? past : [...since.control, ...since.candidate]
    const { deviation } = (ofPast ?? fitReferences({ control: known, candidate: [] })).control
    // Even if nothing has varied so far, the next sample may.
    const minVariance = (0.5 / (known.length + 1)) * MIN_CLIP ** 2
    const cost = estimateSwitchbackEffect(since.pairs, past, deviation, { minVariance })
    return toAssessment(direction, cost)
  }
  return { assess, assessSlowPart: fitSwitchbackTailEffect(past, minStep), information: uniformInformationFraction }
}

/** A quantity of one instance that switches back and forth and whose total matters; effects are shares of the control's mean per unit. */
export function createSwitchbackMeanAssessor(past: readonly Sample[], direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const usual = mean(control.map(({ value }) => value)) || mean(candidate.map(({ value }) => value))
    const units = mean(control.map(getDenominator)) || 1
    // Of a ratio of sums, what exceeds the usual for as many units as the candidate has.
    const unitsNow = Math.max(mean(candidate.map(getDenominator)) / units, 0.5 / (candidate.length + 0.5))
    const excess = (sample: Sample) => (sign * (sample.value / usual - getDenominator(sample) / units)) / unitsNow
    const known = past.length > 0 ? past : control
    const levels = fitStratumLevels(known, excess)
    const noise = {
      // Even if nothing has varied so far, the next sample may.
      minVariance: 0.5 / (known.length + 1),
      spread: (levels.spread(control) + levels.spread(candidate)) / 2,
      roughness: levels.roughness(candidate, control),
    }
    return toProportionAssessment(estimateSwitchbackEffect(pairs, past, levels.adjusted, noise))
  }
  return { assess, information: uniformInformationFraction }
}

/** A share of one instance that switches back and forth; effects likewise. */
export function createSwitchbackProportionAssessor(past: readonly Sample[]): Assessor {
  const read = ({ value }: Sample) => value
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const events = [...past, ...control, ...candidate].map(read)
    const levels = fitStratumLevels(past.length > 0 ? past : control, read)
    // Even if nothing has failed so far, the next sample may.
    const share = (mean(events) * events.length + 0.5) / (events.length + 1)
    const spread = (levels.spread(control) + levels.spread(candidate)) / 2
    const roughness = levels.roughness(candidate, control)
    const noise = { minVariance: share * (1 - share), spread, roughness }
    return toProportionAssessment(estimateSwitchbackEffect(pairs, past, levels.adjusted, noise))
  }
  return { assess, information: uniformInformationFraction }
}
