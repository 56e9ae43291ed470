import type { ArmSamples, Sample } from '../../model/trial.ts'
import type { Judged } from './arrangement.ts'
import { type Assessment, type Assessor, evenly } from './assessment.ts'
import { learnBeforeAfter } from './before-after.ts'
import type { Effect } from './effect.ts'
import { learnLocation, locationWithoutHistory } from './location.ts'
import { learnMedianRatio, type MedianRatio, medianRatio } from './median-ratio.ts'
import type { Summary } from './options.ts'
import { learnReference } from './reference.ts'
import type { Metric } from './samples.ts'
import { switchbackEffect } from './switchback.ts'
import { learnTail } from './tail.ts'

/** Limits of medians this far out hold at the look at which a trial ends, as measured: they are conservative by themselves. */
const STANDARD_ERRORS = 1.96

type Direction = Metric['direction']

/** Several instances, candidate beside control. */
export function assessBeside(history: ArmSamples | null, direction: Direction, summary: Summary): Assessor {
  const medians = summary === 'median' ? (history ? learnMedianRatio(history) : medianRatio) : null
  if (!history) {
    return { assess: (since) => report(direction, locationWithoutHistory(since), null, medians?.(since)), information: evenly }
  }
  const references = { control: learnReference(history.control), candidate: learnReference(history.candidate) }
  const location = learnLocation(history, references)
  const tail = learnTail(history, references)
  const assess = (since: ArmSamples) => {
    const { effect, expected } = location(since)
    return report(direction, effect, tail(since, expected), medians?.(since))
  }
  return { assess, information: evenly }
}

/** One instance, after the change against before. */
export function assessBeforeAfter(past: readonly Sample[], direction: Direction, summary: Summary): Assessor {
  const { effectOf, information } = learnBeforeAfter(past, learnReference(past).deviation)
  const assess = (since: ArmSamples) =>
    report(direction, effectOf(since), null, summary === 'median' ? medianRatio(since) : undefined)
  return { assess, information }
}

/** One instance that switches to and fro; what the history tells is its usual values and how they scatter. */
export function assessSwitchback(past: readonly Sample[], direction: Direction): Assessor {
  const assess = ({ control, candidate, pairs }: Judged) => {
    const { deviation } = learnReference(past.length > 0 ? past : [...control, ...candidate])
    return report(direction, switchbackEffect(pairs, past, deviation, 0), null, undefined)
  }
  return { assess, information: evenly }
}

function report(direction: Direction, cost: Effect, tail: Effect | null, medians: MedianRatio | undefined): Assessment {
  const worsening = direction === 'lower' ? Math.expm1 : (effect: number) => -Math.expm1(-effect)
  return {
    cost,
    tail,
    worsening: worsening((medians ?? cost).estimate),
    interval(level) {
      // Both must agree: the clipped mean knows of shocks and unlike instances, the median of the shape of the distribution.
      const [low, high] = cost.interval(level)
      const [lower, higher] = medians?.interval(STANDARD_ERRORS) ?? [low, high]
      return [worsening(Math.min(low, lower)), worsening(Math.max(high, higher))]
    },
  }
}
