import type { MetricTraits } from '../../model/metric.ts'
import type { ArmSamples, Sample } from '../../model/trial.ts'
import { Z_95 } from '../statistics/normal.ts'
import { mean } from '../statistics/summaries.ts'
import type { Judged } from './arrangement.ts'
import { learnBeforeAfter } from './before-after.ts'
import type { Effect } from './effect.ts'
import { learnLocation, locationWithoutHistory } from './location.ts'
import { learnMedianRatio, type MedianRatio, medianRatio } from './median-ratio.ts'
import type { JudgeOptions, Summary } from './options.ts'
import { learnProportion, proportionWithoutHistory, shareAfter } from './proportion.ts'
import { learnReference } from './reference.ts'
import { inSharedTime } from './samples.ts'
import { switchbackEffect } from './switchback.ts'
import { learnTail } from './tail.ts'

type Direction = MetricTraits['direction']

/** What samples since the change say; larger effects are worse. */
export interface Assessment {
  /** Effect on the typical value, on an inner scale. */
  cost: Effect
  /** Effect on the far tail, on another. */
  tail: Effect | null
  /** By how much the metric worsens: relative, or a difference of shares. */
  worsening: number
  /** Limits of `worsening` at a one-sided error level. */
  interval(level: number): [low: number, high: number]
}

/** Has learnt from a history how samples since the change are to be read. */
export interface Assessor {
  assess(since: Judged): Assessment
  /** Share of the information of `all` samples that the first `n` bring. */
  information(n: number, all: number): number
}

/** Fewer samples of an arm than this are no history. */
const LEAST_HISTORY = 20

/** The assessor for a kind of metric, a design, and what is known from before the change. */
export function createAssessor({ metric, design, summary = 'clipped-mean' }: JudgeOptions, past: ArmSamples): Assessor {
  const continuous = metric.kind === 'continuous'
  const own = past.control.length >= LEAST_HISTORY ? past.control : []
  if (design === 'switchback') return continuous ? quantitySwitchback(own, metric.direction) : shareSwitchback(own)
  if (design === 'before-after' && own.length > 0)
    return continuous ? quantityBeforeAfter(own, metric.direction, summary) : shareBeforeAfter(own)
  const isShared = inSharedTime(past.control, past.candidate)
  const shared = { control: past.control.filter(isShared), candidate: past.candidate.filter(isShared) }
  const known = Math.min(shared.control.length, shared.candidate.length) >= LEAST_HISTORY ? shared : null
  return continuous ? quantityBeside(known, metric.direction, summary) : shareBeside(known)
}

/** `information` of designs in which every sample brings as much as any other. */
const evenly = (n: number, all: number) => n / all

/** A quantity of several instances, candidate beside control. */
function quantityBeside(history: ArmSamples | null, direction: Direction, summary: Summary): Assessor {
  const medians = summary === 'median' ? (history ? learnMedianRatio(history) : medianRatio) : null
  if (!history) {
    return {
      assess: (since) => assessment(direction, locationWithoutHistory(since), null, medians?.(since)),
      information: evenly,
    }
  }
  const references = { control: learnReference(history.control), candidate: learnReference(history.candidate) }
  const location = learnLocation(history, references)
  const tail = learnTail(history, references)
  const assess = (since: ArmSamples) => {
    const { effect, expected } = location(since)
    return assessment(direction, effect, tail(since, expected), medians?.(since))
  }
  return { assess, information: evenly }
}

/** A quantity of one instance, after the change against before. */
function quantityBeforeAfter(past: readonly Sample[], direction: Direction, summary: Summary): Assessor {
  const { effectOf, information } = learnBeforeAfter(past, learnReference(past).deviation)
  const assess = (since: ArmSamples) =>
    assessment(direction, effectOf(since), null, summary === 'median' ? medianRatio(since) : undefined)
  return { assess, information }
}

/** A quantity of one instance that switches to and fro; the history tells its usual values and how they scatter. */
function quantitySwitchback(past: readonly Sample[], direction: Direction): Assessor {
  const assess = ({ control, candidate, pairs }: Judged) => {
    const { deviation } = learnReference(past.length > 0 ? past : [...control, ...candidate])
    return assessment(direction, switchbackEffect(pairs, past, deviation, 0), null, undefined)
  }
  return { assess, information: evenly }
}

function assessment(direction: Direction, cost: Effect, tail: Effect | null, medians: MedianRatio | undefined): Assessment {
  const worsening = direction === 'lower' ? Math.expm1 : (effect: number) => -Math.expm1(-effect)
  return {
    cost,
    tail,
    worsening: worsening((medians ?? cost).estimate),
    interval(level) {
      // Limits of medians at Z_95 hold at the look at which a trial ends, as measured: they are conservative by themselves.
      // Both must agree: the clipped mean knows of shocks and unlike instances, the median of the shape of the distribution.
      const [low, high] = cost.interval(level)
      const [lower, higher] = medians?.interval(Z_95) ?? [low, high]
      return [worsening(Math.min(low, lower)), worsening(Math.max(high, higher))]
    },
  }
}

/** A share of several instances, candidate beside control. */
function shareBeside(history: ArmSamples | null): Assessor {
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

/** A share of one instance, after the change against before; effects are differences of shares as they are. */
function shareBeforeAfter(past: readonly Sample[]): Assessor {
  const { effectOf, information } = learnBeforeAfter(past, (sample) => sample.value)
  return { assess: (since) => differenceOfShares(effectOf(since)), information }
}

/** A share of one instance that switches to and fro; effects likewise. */
function shareSwitchback(past: readonly Sample[]): Assessor {
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
