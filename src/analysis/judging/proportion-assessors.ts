import type { ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import type { JudgedSamples } from './arrangement.ts'
import { type Assessment, type Assessor, uniformInformation } from './assessment.ts'
import { fitBeforeAfterModel } from './before-after.ts'
import type { EffectEstimate } from './effect.ts'
import { applyEffectToShare, estimateProportionEffect, fitProportionEffect } from './proportion.ts'
import { estimateSwitchbackEffect } from './switchback.ts'

/** Several instances, candidate beside control. */
export function createConcurrentProportionAssessor(history: ArmSamples | null): Assessor {
  const effectOf = history ? fitProportionEffect(history) : estimateProportionEffect
  const assess = (since: ArmSamples) => {
    const usual = mean(since.control.map((sample) => sample.value))
    const worsening = (effect: number) => applyEffectToShare(effect, usual) - usual
    const cost = effectOf(since)
    return {
      cost,
      tail: null,
      worsening: worsening(cost.estimate),
      interval: (level: number) => cost.interval(level).map(worsening) as [number, number],
    }
  }
  return { assess, information: uniformInformation }
}

/** One instance, after the change against before; effects are differences of shares as they are. */
export function createBeforeAfterProportionAssessor(past: readonly Sample[]): Assessor {
  const { effectOf, information } = fitBeforeAfterModel(past, (sample) => sample.value)
  return { assess: (since) => differenceOfShares(effectOf(since)), information }
}

/** One instance that switches to and fro; effects likewise. */
export function createSwitchbackProportionAssessor(past: readonly Sample[]): Assessor {
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const events = [...past, ...control, ...candidate].map((sample) => sample.value)
    // Where nothing ever failed, the next sample may be the first that does.
    const share = (mean(events) * events.length + 0.5) / (events.length + 1)
    return differenceOfShares(estimateSwitchbackEffect(pairs, past, (sample) => sample.value, share * (1 - share)))
  }
  return { assess, information: uniformInformation }
}

const differenceOfShares = (cost: EffectEstimate): Assessment => ({
  cost,
  tail: null,
  worsening: cost.estimate,
  interval: cost.interval,
})
