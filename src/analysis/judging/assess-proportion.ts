import type { ArmSamples, Sample } from '../../model/trial.ts'
import { type Assessor, evenly } from './assessment.ts'
import { learnBeforeAfter } from './before-after.ts'
import { learnProportion, proportionWithoutHistory, shareAfter } from './proportion.ts'
import { mean } from './statistics.ts'

/** Several instances, candidate beside control. */
export function assessShareBeside(history: ArmSamples | null): Assessor {
  const effectOf = history ? learnProportion(history) : proportionWithoutHistory
  const assess = (since: ArmSamples) => {
    const usual = mean(since.control.map((sample) => sample.value))
    const worsening = (effect: number) => shareAfter(effect, usual) - usual
    const cost = effectOf(since)
    return {
      cost,
      tail: null,
      worsening: worsening(cost.estimate),
      interval: (level: number) => cost.interval(level).map(worsening) as [number, number],
    }
  }
  return { assess, information: evenly }
}

/** One instance, after the change against before; effects are differences of shares as they are. */
export function assessShareBeforeAfter(past: readonly Sample[]): Assessor {
  const { effectOf, information } = learnBeforeAfter(past, (sample) => sample.value)
  const assess = (since: ArmSamples) => {
    const cost = effectOf(since)
    return { cost, tail: null, worsening: cost.estimate, interval: cost.interval }
  }
  return { assess, information }
}
