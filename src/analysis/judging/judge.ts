import type { ArmSamples, Verdict } from '../../model/trial.ts'
import { INTERVAL_ALPHA } from '../statistics/interval.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { arrangeSamples, type JudgedSamples, omitInitialSamples } from './arrangement.ts'
import type { Assessor } from './assessment.ts'
import { createAssessor } from './assessor.ts'
import { createInFlightCompleter } from './in-flight.ts'
import { createLookPlan, MIN_FINAL_SAMPLES_PER_ARM, MIN_SAMPLES_PER_ARM } from './looks.ts'
import { hasPositiveValues, MAX_UNSEEN_SHARE } from './mean-ratio.ts'
import { computeUnmatchedShare, createKnownStratumFilter, createStratifier } from './mix.ts'
import { type JudgeOptions, parseJudgeOptions } from './options.ts'
import { toEffectEstimate } from './quantile-ratio.ts'
import { admitInFlightSamples, admitSamples, type LookSamples, MAX_EXCLUDED_SHARE } from './samples.ts'
import { createSilenceDetector } from './silence.ts'
import type { TailEffect } from './tail-effect.ts'

export interface LookResult {
  decision: 'continue' | Verdict
  /** Change of the metric: relative for continuous metrics (0.1 is 10% more), a difference of shares for proportions. */
  effect: number | null
  /** Contains the true effect with a probability of at least 95%, whenever the trial is stopped. */
  interval: [low: number, high: number] | null
  samples: { control: number; candidate: number }
  reason: string
  /** The candidate fell silent: it is rolled back because of what is missing, not because of what was measured. */
  isSilent?: boolean
  /** The gain is one of the slow tail, and so is `effect`. */
  isPartial?: boolean
}

export interface Judge {
  /**
   * Judges all samples so far. `final`: no more will come, so the remaining error probability is spent and the trial ends.
   * @throws OptimizerError `unusable-samples`
   */
  look(samples: LookSamples, options?: { final?: boolean }): LookResult
}

/** Probability of keeping a change that harms a guardrail by `minEffect` or more. */
export const HARMLESS_ALPHA = 0.05
/** Probability of keeping a change for a gain in the slow tail that is none. */
const SLOW_GAIN_ALPHA = 0.003
/** Nothing is kept while the slow tail is likely to be worse: at this one-sided p-value. */
const SUSPECT = 0.05
/** The same before the end of a trial, whose rest shows whether it is. */
const SUSPECT_SO_FAR = 0.4
/** It is not, if what follows the beginning is as likely to be better: at this one-sided p-value. */
const STILL_SUSPECT = 0.5
/** Samples of one instance in which slow values show that are a tenth of all; nothing is kept before. */
const MIN_SLOW_PART = 20
/** Of the samples so far: those in which a change may work differently, as with cold caches. */
const BEGINNING_SHARE = 0.2
/**
 * Error probability spent per alpha, so that the measured rates of false roll-backs stay at alpha (`npm run bench -- judge`). More
 * than 1 for continuous metrics: effects below `minEffect` do not count, and means of autocorrelated values cross less often. Less for
 * proportions: if both arms fail more often than before, failures cluster more than the history shows.
 */
const SPENT = { continuous: 1.03, proportion: 0.93, slowPart: 0.25 }

/**
 * A sequential judge of one metric; its error rates hold however often it looks.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createJudge(options: JudgeOptions): Judge {
  const { metric, design, history, maxSamples, alpha, minEffect, minHarm, guardrail } = parseJudgeOptions(options)
  const { summary, sharesWork = true, maxGuardSamples = maxSamples } = options
  const admitted = admitSamples(history, metric, summary)
  const isSummed = metric.kind === 'proportion' || summary === 'mean'
  const stratify = createStratifier(admitted.arms, ({ value }) => (isSummed ? value : Math.log(value)), isSummed)
  const past = { ...admitted, arms: stratify(admitted.arms) }
  const byPast = createAssessor(options, past.arms)
  const isKnown = createKnownStratumFilter(past.arms)
  let withoutPast: Assessor | undefined
  /** Side by side, little work of strata that the history does not have is left out; if it is much, the history says nothing. */
  const isOtherWork = ({ control, candidate }: ArmSamples) =>
    design === 'concurrent' &&
    [control, candidate].some((arm) => arm.filter((sample) => !isKnown(sample)).length > MAX_EXCLUDED_SHARE * arm.length)
  const chooseAssessor = (since: JudgedSamples): { assessor: Assessor; compared: JudgedSamples } => {
    if (design !== 'concurrent') return { assessor: byPast, compared: since }
    if (!isOtherWork(since)) {
      const compared = { ...since, control: since.control.filter(isKnown), candidate: since.candidate.filter(isKnown) }
      return { assessor: byPast, compared }
    }
    withoutPast ??= createAssessor(options, { control: [], candidate: [] })
    return { assessor: withoutPast, compared: since }
  }
  const silence = createSilenceDetector(past.arms)
  const complete = createInFlightCompleter(admitted.arms, design)
  const lookAt = createLookPlan({ maxSamples, maxGuardSamples, information: byPast.information })
  const rates = {
    harm: alpha * SPENT[metric.kind],
    slowPart: alpha * SPENT.slowPart,
    slowGain: SLOW_GAIN_ALPHA,
    improvement: INTERVAL_ALPHA,
    harmless: HARMLESS_ALPHA,
  }
  const size = `${Number((100 * minEffect).toPrecision(3))}${metric.kind === 'proportion' ? ' points' : '%'}`

  return {
    look({ control, candidate, inFlight, blocks }, { final = false } = {}) {
      const { arms: usable, excluded, spoiled } = admitSamples({ control, candidate }, metric, summary, past.zero)
      const arms = stratify(inFlight ? complete(usable, admitInFlightSamples(inFlight, metric)) : usable)
      const { counts, progress, upTo } = arrangeSamples(design, arms, blocks, maxSamples)
      const ended = final || progress >= maxGuardSamples
      const leftOut = excluded + past.excluded
      const note = leftOut ? `; ${leftOut} unusable samples were omitted` : ''
      const unproven = ended ? 'undecided' : 'continue'
      const unmeasured = (decision: LookResult['decision'], why: string): LookResult => ({
        decision,
        effect: null,
        interval: null,
        samples: counts,
        reason: why + note,
      })

      if (spoiled) return unmeasured(unproven, `too many samples of ${metric.name} are unusable`)
      const least = final ? MIN_FINAL_SAMPLES_PER_ARM : MIN_SAMPLES_PER_ARM
      if (Math.min(counts.control, counts.candidate) < least)
        return unmeasured(unproven, `too few samples of ${metric.name}: at least ${least} per arm are needed`)
      const unmatchedShare = computeUnmatchedShare(isOtherWork(arms) ? [] : past.arms.control, arms)
      if (unmatchedShare > MAX_EXCLUDED_SHARE)
        return unmeasured(
          unproven,
          `${Math.round(100 * unmatchedShare)}% of the candidate's work is of types that the control does not handle`,
        )
      const silent = design === 'concurrent' && sharesWork ? silence(arms) : null
      if (silent) {
        const why = `the candidate fell silent: ${silent.missing} samples of ${metric.name} were expected`
        return { ...unmeasured('roll-back', why), isSilent: true }
      }
      const due = lookAt(progress, final)
      const judged = upTo(due.count)
      const level = (of: keyof typeof rates) => due.level(rates[of])
      if (metric.kind === 'continuous' && summary === 'mean' && !hasPositiveValues(judged)) {
        // The largest share of positive values with which none of so many is one by chance.
        const unseen = 1 - level('harmless') ** (1 / judged.candidate.length)
        const isHarmless = guardrail && metric.direction === 'lower' && !metric.isSigned && unseen <= MAX_UNSEEN_SHARE
        return unmeasured(isHarmless ? 'keep' : unproven, `all values of ${metric.name} are 0`)
      }

      const { assessor, compared } = chooseAssessor(judged)
      const { cost, worsening, interval } = assessor.assess(compared)
      const [lowest, highest] = interval(level('improvement'))
      const report = (decision: LookResult['decision'], reason: string): LookResult => ({
        decision,
        effect: metric.direction === 'lower' ? worsening : -worsening,
        interval: metric.direction === 'lower' ? [lowest, highest] : [-highest, -lowest],
        samples: counts,
        reason: reason + note,
      })
      if (cost.harm < level('harm') && worsening > minHarm) return report('roll-back', `${metric.name} is worse`)
      const slowPart = assessor.assessSlowPart?.(compared)
      if (slowPart && slowPart.harm < level('slowPart')) return report('roll-back', `the slow tail of ${metric.name} is worse`)
      // A few slow values right after the change, such as those with a cold cache, do not stand in the way.
      const seemsSlower = (part: TailEffect | undefined, below: number) => part !== undefined && part.harm < below
      const later = () => {
        const { assessor, compared } = chooseAssessor(omitInitialSamples(judged, design, BEGINNING_SHARE))
        return assessor.assessSlowPart?.(compared)
      }
      if (seemsSlower(slowPart, ended ? SUSPECT : SUSPECT_SO_FAR) && seemsSlower(later(), STILL_SUSPECT))
        return report(unproven, `the slow tail of ${metric.name} seems worse`)
      const toSeeSlowPart = design === 'before-after' && slowPart ? Math.min(MIN_SLOW_PART, maxSamples) : 0
      if (counts.candidate < toSeeSlowPart)
        return report(unproven, `too few samples to see the slow tail of ${metric.name}: at least ${toSeeSlowPart} are needed`)
      if (guardrail && interval(level('harmless'))[1] < minEffect) return report('keep', `${metric.name} is not worse`)
      if (!guardrail && highest < 0 && worsening < -minEffect) return report('keep', `${metric.name} is better`)
      // The gain of another part proves nothing about a quantile that is to be improved.
      if (
        !guardrail &&
        options.quantile === undefined &&
        slowPart?.gained &&
        slowPart.gain < level('slowGain') &&
        cost.harm > SUSPECT
      ) {
        const { quantile, ratio } = slowPart.gained(-normalQuantile(level('improvement')))
        const { estimate, interval } = toEffectEstimate(ratio)
        const change = metric.direction === 'lower' ? Math.expm1 : (log: number) => Math.expm1(-log)
        return {
          ...report(
            'keep',
            `the slow tail of ${metric.name} is better: the effect is measured on its ${Math.round(100 * quantile)}th percentile`,
          ),
          effect: change(estimate),
          interval: interval(level('improvement'))
            .map(change)
            .sort((a, b) => a - b) as [number, number],
          isPartial: true,
        }
      }
      const [is, yet] = ended ? ['was', ''] : ['is', ' yet']
      return report(
        unproven,
        guardrail
          ? `harm of ${size} or more to ${metric.name} ${is} not${yet} ruled out`
          : `an effect of at least ${size} on ${metric.name} ${is} not proven${yet}`,
      )
    },
  }
}
