import type { ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'
import type { Judged } from './arrangement.ts'
import { type Assessment, type Assessor, evenly } from './assessment.ts'
import { learnBeforeAfter } from './before-after.ts'
import type { Effect } from './effect.ts'
import { learnProportion, proportionWithoutHistory, shareAfter } from './proportion.ts'
import { switchbackEffect } from './switchback.ts'

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
  return { assess: (since) => differenceOfShares(effectOf(since)), information }
}

/** One instance that switches to and fro; effects likewise. */
export function assessShareSwitchback(past: readonly Sample[]): Assessor {
  const assess = ({ control, candidate, pairs }: Judged) => {
    const events = [...past, ...control, ...candidate].map((sample) => sample.value)
    // Where nothing ever failed, the next sample may be the first that does.
    const share = (mean(events) * events.length + 0.5) / (events.length + 1)
    return differenceOfShares(switchbackEffect(pairs, past, (sample) => sample.value, share * (1 - share)))
  }
  return { assess, information: evenly }
}

const differenceOfShares = (cost: Effect): Assessment => ({
  cost,
  tail: null,
  worsening: cost.estimate,
  interval: cost.interval,
})
