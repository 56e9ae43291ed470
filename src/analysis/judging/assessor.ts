import type { MetricTraits } from '../../model/metric.ts'
import type { ArmSamples, Sample } from '../../model/trial.ts'
import { Z_95 } from '../statistics/normal.ts'
import { mean } from '../statistics/summaries.ts'
import type { JudgedSamples } from './arrangement.ts'
import { fitBeforeAfterModel } from './before-after.ts'
import { fitBeforeAfterShare } from './before-after-share.ts'
import type { EffectEstimate } from './effect.ts'
import { fitEffectBesideHeap } from './heap.ts'
import { estimateLocationEffect, fitLocationEffect } from './location.ts'
import { estimateMeanRatio, fitMeanRatio, perOf } from './mean-ratio.ts'
import type { JudgeOptions } from './options.ts'
import { applyEffectToShare, estimateProportionEffect, fitProportionEffect } from './proportion.ts'
import { estimateQuantileRatio, fitQuantileRatio, MEDIAN, type QuantileRatio, toEffectEstimate } from './quantile-ratio.ts'
import { fitReferences, LEAST_CLIP } from './reference.ts'
import { createSharedPeriodFilter, type Summary } from './samples.ts'
import { assessPresentSlowPart, fitSlowPart, fitSlowPartSince, type SlowPart } from './slow-part.ts'
import { fitStratumLevels } from './stratum-levels.ts'
import { estimateSwitchbackEffect } from './switchback.ts'

type MetricDirection = MetricTraits['direction']

/** The assessment of the samples since the change; larger effects are worse. */
export interface Assessment {
  /** Effect on the typical value, on an internal scale. */
  cost: EffectEstimate
  /** The slow part of the values; null if the metric or the design has none. */
  slowPart: SlowPart | null
  /** How much worse the metric is: relative, or a difference of shares. */
  worsening: number
  /** Limits of `worsening` at a one-sided error level. */
  interval(level: number): [low: number, high: number]
}

/** Assesses samples since the change by what it has learned from a history. */
export interface Assessor {
  assess(since: JudgedSamples): Assessment
  /** Share of the information of `all` samples that the first `n` provide. */
  information(n: number, all: number): number
}

/** How guardrails are tested; see `fitProportionEffect` and `fitSlowPart`. */
interface Strictness {
  isStrict?: boolean | undefined
  leastStep?: number
}

/** Minimum number of samples of an arm to count as a history. */
const LEAST_HISTORY = 20

/** The assessor for a kind of metric, a design and a history. */
export function createAssessor(
  { metric, design, summary = 'clipped-mean', quantile, guardrail, isAccepted, minEffect = 0 }: JudgeOptions,
  past: ArmSamples,
): Assessor {
  const strictness = { isStrict: guardrail, leastStep: isAccepted ? Math.log1p(minEffect) : 0 }
  const continuous = metric.kind === 'continuous'
  const own = past.control.length >= LEAST_HISTORY ? past.control : []
  if (design === 'switchback' && summary === 'mean' && continuous) return createSwitchbackMeanAssessor(own, metric.direction)
  if (design === 'switchback')
    return continuous ? createSwitchbackAssessor(own, metric.direction, strictness) : createSwitchbackProportionAssessor(own)
  if (design === 'before-after' && own.length > 0 && summary === 'mean' && continuous)
    return createBeforeAfterMeanAssessor(own, metric.direction)
  if (design === 'before-after' && own.length > 0)
    return continuous
      ? createBeforeAfterAssessor(own, metric.direction, summary, strictness)
      : createBeforeAfterProportionAssessor(own)
  const isShared = createSharedPeriodFilter(past.control, past.candidate)
  const shared = { control: past.control.filter(isShared), candidate: past.candidate.filter(isShared) }
  const known = Math.min(shared.control.length, shared.candidate.length) >= LEAST_HISTORY ? shared : null
  if (continuous && quantile !== undefined) return createConcurrentQuantileAssessor(known, metric.direction, quantile)
  if (continuous && summary === 'mean') return createConcurrentMeanAssessor(known, metric.direction)
  return continuous
    ? createConcurrentAssessor(known, metric.direction, summary, strictness)
    : createConcurrentProportionAssessor(known, guardrail)
}

const estimatePresentMedians = (since: ArmSamples) => estimateQuantileRatio(since, MEDIAN)

/** `information` of designs in which every sample provides the same amount. */
const uniformInformation = (n: number, all: number) => n / all

/** A quantity of several instances, candidate and control side by side. */
function createConcurrentAssessor(
  history: ArmSamples | null,
  direction: MetricDirection,
  summary: Summary,
  { isStrict = false, leastStep = 0 }: Strictness = {},
): Assessor {
  const medians = summary === 'median' ? (history ? fitQuantileRatio(history, MEDIAN) : estimatePresentMedians) : null
  if (!history) {
    return {
      assess: (since) =>
        assessment(direction, estimateLocationEffect(since), assessPresentSlowPart(since, leastStep), medians?.(since)),
      information: uniformInformation,
    }
  }
  const references = fitReferences(history)
  const location = fitLocationEffect(history, references)
  const slowPart = fitSlowPart(history, references, { isStrict, leastStep })
  const besideHeap = fitEffectBesideHeap(history)
  const assess = (since: ArmSamples) => {
    return assessment(direction, besideHeap?.(since) ?? location(since), slowPart(since), medians?.(since))
  }
  return { assess, information: uniformInformation }
}

/** A quantile of a quantity of several instances, candidate and control side by side; its other parts must not get worse. */
function createConcurrentQuantileAssessor(history: ArmSamples | null, direction: MetricDirection, share: number): Assessor {
  // Of a metric that should be high, the low values are the costly ones.
  const costly = direction === 'lower' ? share : 1 - share
  const ratio = history ? fitQuantileRatio(history, costly) : (since: ArmSamples) => estimateQuantileRatio(since, costly)
  const whole = createConcurrentAssessor(history, direction, 'clipped-mean')
  const assess = (since: JudgedSamples) =>
    assessment(direction, toEffectEstimate(ratio(since)), whole.assess(since).slowPart, undefined)
  return { assess, information: uniformInformation }
}

/** A quantity of several instances whose total matters, candidate and control side by side. */
function createConcurrentMeanAssessor(history: ArmSamples | null, direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const effectOf = history ? fitMeanRatio(history, sign) : (since: ArmSamples) => estimateMeanRatio(since, sign)
  return { assess: (since) => assessment(direction, effectOf(since), null, undefined), information: uniformInformation }
}

/**
 * A quantity of one instance whose total matters, after the change compared with before; effects are shares of the mean that it would have
 * had before with the present mix of work and as many units.
 */
function createBeforeAfterMeanAssessor(past: Sample[], direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const usual = mean(past.map(({ value }) => value)) || 1
  const usualUnits = mean(past.map(perOf)) || 1
  const ratio = usual / usualUnits
  // Of a ratio of sums, what exceeds the usual for as many units.
  const { effectOf, information } = fitBeforeAfterModel(past, (sample) => (sign * (sample.value - ratio * perOf(sample))) / usual)
  const values = fitStratumLevels(past, ({ value }) => value)
  const units = fitStratumLevels(past, perOf)
  const assess = (since: ArmSamples) => {
    const { candidate } = since
    const unitsNow = Math.max(mean(candidate.map(perOf)), (0.5 * usualUnits) / (candidate.length + 0.5))
    const unitsExpected = units.expected(candidate) || usualUnits
    // What as many units as there are now would have cost.
    const expected = (values.expected(candidate) * unitsNow) / unitsExpected
    const scale = usual / (expected || usual)
    const { interval, ...effect } = effectOf(since)
    return differenceOfShares({
      ...effect,
      estimate: scale * effect.estimate,
      interval: (level) => interval(level).map((end) => scale * end) as [number, number],
    })
  }
  return { assess, information }
}

/** A quantity of one instance, after the change compared with before. */
function createBeforeAfterAssessor(
  past: Sample[],
  direction: MetricDirection,
  summary: Summary,
  { leastStep }: Strictness,
): Assessor {
  const references = fitReferences({ control: past, candidate: [] })
  const { effectOf, information } = fitBeforeAfterModel(past, references.control.deviation)
  const slowPart = fitSlowPartSince(past, references, leastStep)
  const assess = (since: ArmSamples) =>
    assessment(direction, effectOf(since), slowPart(since), summary === 'median' ? estimatePresentMedians(since) : undefined)
  return { assess, information }
}

/** A quantity of one instance that switches back and forth; the history shows its usual values and how they scatter. */
function createSwitchbackAssessor(past: Sample[], direction: MetricDirection, { leastStep }: Strictness): Assessor {
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const known = past.length > 0 ? past : [...control, ...candidate]
    const { deviation } = fitReferences({ control: known, candidate: [] }).control
    const slowPart = assessPresentSlowPart({ control, candidate }, leastStep)
    // Even if nothing has varied so far, the next sample may.
    const leastVariance = (0.5 / (known.length + 1)) * LEAST_CLIP ** 2
    return assessment(direction, estimateSwitchbackEffect(pairs, past, deviation, { leastVariance }), slowPart, undefined)
  }
  return { assess, information: uniformInformation }
}

/** A quantity of one instance that switches back and forth and whose total matters; effects are shares of the control's mean per unit. */
function createSwitchbackMeanAssessor(past: readonly Sample[], direction: MetricDirection): Assessor {
  const sign = direction === 'lower' ? 1 : -1
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const usual = mean(control.map(({ value }) => value)) || mean(candidate.map(({ value }) => value))
    const units = mean(control.map(perOf)) || 1
    // Of a ratio of sums, what exceeds the usual for as many units as the candidate has.
    const unitsNow = Math.max(mean(candidate.map(perOf)) / units, 0.5 / (candidate.length + 0.5))
    const excess = (sample: Sample) => (sign * (sample.value / usual - perOf(sample) / units)) / unitsNow
    const known = past.length > 0 ? past : control
    const levels = fitStratumLevels(known, excess)
    const noise = {
      // Even if nothing has varied so far, the next sample may.
      leastVariance: 0.5 / (known.length + 1),
      spread: (levels.spread(control) + levels.spread(candidate)) / 2,
      roughness: levels.roughness(candidate, control),
    }
    return differenceOfShares(estimateSwitchbackEffect(pairs, past, levels.adjusted, noise))
  }
  return { assess, information: uniformInformation }
}

function assessment(
  direction: MetricDirection,
  cost: EffectEstimate,
  slowPart: SlowPart | null,
  medians: QuantileRatio | undefined,
): Assessment {
  const worsening = direction === 'lower' ? Math.expm1 : (effect: number) => -Math.expm1(-effect)
  return {
    cost,
    slowPart,
    worsening: worsening((medians ?? cost).estimate),
    interval(level) {
      // Limits of medians at Z_95 hold at the look at which a trial ends, as measured: they are conservative by themselves.
      // Both must agree: the clipped mean allows for shocks and unlike instances, the median for the shape of the distribution.
      const [low, high] = cost.interval(level)
      const [lower, higher] = medians?.interval(Z_95) ?? [low, high]
      return [worsening(Math.min(low, lower)), worsening(Math.max(high, higher))]
    },
  }
}

/** A share of several instances, candidate and control side by side. */
function createConcurrentProportionAssessor(history: ArmSamples | null, isStrict = false): Assessor {
  const effectOf = history
    ? fitProportionEffect(history, { isStrict })
    : (since: ArmSamples) => estimateProportionEffect(since, isStrict)
  const assess = (since: ArmSamples) => {
    const usual = mean(since.control.map((sample) => sample.value))
    const worsening = (effect: number) => applyEffectToShare(effect, usual) - usual
    const cost = effectOf(since)
    return {
      cost,
      slowPart: null,
      worsening: worsening(cost.estimate),
      interval: (level: number) => cost.interval(level).map(worsening) as [number, number],
    }
  }
  return { assess, information: uniformInformation }
}

/** A share of one instance, after the change compared with before; effects are plain differences of shares. */
function createBeforeAfterProportionAssessor(past: readonly Sample[]): Assessor {
  const { effectOf, information } = fitBeforeAfterShare(past)
  return { assess: (since) => differenceOfShares(effectOf(since)), information }
}

/** A share of one instance that switches back and forth; effects likewise. */
function createSwitchbackProportionAssessor(past: readonly Sample[]): Assessor {
  const read = ({ value }: Sample) => value
  const assess = ({ control, candidate, pairs }: JudgedSamples) => {
    const events = [...past, ...control, ...candidate].map(read)
    const levels = fitStratumLevels(past.length > 0 ? past : control, read)
    // Even if nothing has failed so far, the next sample may.
    const share = (mean(events) * events.length + 0.5) / (events.length + 1)
    const spread = (levels.spread(control) + levels.spread(candidate)) / 2
    const roughness = levels.roughness(candidate, control)
    const noise = { leastVariance: share * (1 - share), spread, roughness }
    return differenceOfShares(estimateSwitchbackEffect(pairs, past, levels.adjusted, noise))
  }
  return { assess, information: uniformInformation }
}

const differenceOfShares = (cost: EffectEstimate): Assessment => ({
  cost,
  slowPart: null,
  worsening: cost.estimate,
  interval: cost.interval,
})
