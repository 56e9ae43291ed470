import type { ArmSamples, Sample } from '../../model/trial.ts'
import { type Assessment, type Assessor, evenly } from './assessment.ts'
import { learnBeforeAfter } from './before-after.ts'
import type { Effect } from './effect.ts'
import { learnLocation, locationWithoutHistory } from './location.ts'
import { learnMedianRatio, type MedianRatio, medianRatio } from './median-ratio.ts'
import { learnReference } from './reference.ts'
import type { Metric } from './samples.ts'
import { learnTail } from './tail.ts'

/** Limits of medians this far out hold at the look at which a trial ends, as measured: they are conservative by themselves. */
const STANDARD_ERRORS = 1.96

type Direction = Metric['direction']
/** What the reported effect is measured on: the mean of clipped logs, or the median. */
export type Summary = 'clipped-mean' | 'median'

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
