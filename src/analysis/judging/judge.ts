import type { Sample, Verdict } from '../../model/trial.ts'
import { createBoundary } from '../statistics/group-sequential.ts'
import { INTERVAL_ALPHA } from '../statistics/interval.ts'
import { arrangeSamples } from './arrangement.ts'
import { createAssessor } from './assessor.ts'
import { createInFlightCompleter } from './in-flight.ts'
import { MIN_SAMPLES_PER_ARM, planLooks } from './looks.ts'
import { hasMean } from './mean-ratio.ts'
import { type JudgeOptions, parseJudgeOptions } from './options.ts'
import { admitInFlightSamples, admitSamples, type LookSamples } from './samples.ts'
import { createSilenceDetector } from './silence.ts'

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
/**
 * Error probability spent per alpha, so that the measured rates of false roll-backs stay at alpha (`npm run bench -- judge`). More
 * than 1 for continuous metrics: effects below `minEffect` do not count, and means of autocorrelated values cross less often. Less for
 * proportions: if both arms fail more often than before, failures cluster more than the history shows.
 */
const SPENT = { continuous: 1.03, proportion: 0.93, tail: 0.15 }

/**
 * A sequential judge of one metric; its error rates hold however often it looks.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createJudge(options: JudgeOptions): Judge {
  const { metric, design, history, maxSamples, alpha, minEffect, leastHarm, guardrail } = parseJudgeOptions(options)
  const { summary } = options
  const past = admitSamples(history, metric, summary)
  const { assess, information } = createAssessor(options, past.arms)
  const silence = createSilenceDetector(past.arms)
  const complete = createInFlightCompleter(past.arms)
  const looks = planLooks(maxSamples)
  const rates = {
    harm: alpha * SPENT[metric.kind],
    tail: alpha * SPENT.tail,
    improvement: INTERVAL_ALPHA,
    harmless: HARMLESS_ALPHA,
  }
  const size = `${Number((100 * minEffect).toPrecision(3))}${metric.kind === 'proportion' ? ' points' : '%'}`
  const fractions = looks.map((n) => information(n, maxSamples))

  return {
    look({ control, candidate, inFlight, blocks }, { final = false } = {}) {
      const { arms: finished, excluded, spoiled } = admitSamples({ control, candidate }, metric, summary)
      const arms = inFlight ? complete(finished, admitInFlightSamples(inFlight, metric)) : finished
      const { counts, progress, upTo } = arrangeSamples(design, arms, blocks)
      const ended = final || progress >= maxSamples
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
      if (Math.min(counts.control, counts.candidate) < MIN_SAMPLES_PER_ARM)
        return unmeasured(unproven, `too few samples of ${metric.name}: at least ${MIN_SAMPLES_PER_ARM} of each arm are needed`)
      const silent = design === 'concurrent' ? silence(arms) : null
      if (silent) {
        const why = `the candidate fell silent: ${silent.missing} samples of ${metric.name} were expected`
        return { ...unmeasured('roll-back', why), isSilent: true }
      }
      const reached = looks.filter((n) => n <= progress)
      const early = final && reached.at(-1)! < Math.min(progress, maxSamples)
      const judged = upTo(early ? progress : reached.at(-1)!)
      if (metric.kind === 'continuous' && summary === 'mean' && !hasMean(judged))
        return unmeasured(unproven, `all values of ${metric.name} are 0`)
      if (metric.kind === 'continuous' && summary !== 'mean' && (isConstant(judged.control) || isConstant(judged.candidate)))
        return unmeasured(unproven, `all values of ${metric.name} in one arm are identical, so no effect can be estimated`)

      const level = (of: keyof typeof rates) => {
        const { levels, ending } = createBoundary(fractions, rates[of])
        return early ? ending(reached.length, information(progress, maxSamples)) : levels[reached.length - 1]!
      }
      const { cost, tail, worsening, interval } = assess(judged)
      const [least, most] = interval(level('improvement'))
      const report = (decision: LookResult['decision'], reason: string): LookResult => ({
        decision,
        effect: metric.direction === 'lower' ? worsening : -worsening,
        interval: metric.direction === 'lower' ? [least, most] : [-most, -least],
        samples: counts,
        reason: reason + note,
      })
      if (cost.harm < level('harm') && worsening > leastHarm) return report('roll-back', `${metric.name} is worse`)
      if (tail && tail.harm < level('tail')) return report('roll-back', `the slow tail of ${metric.name} is worse`)
      if (guardrail && interval(level('harmless'))[1] < minEffect) return report('keep', `${metric.name} is not worse`)
      if (!guardrail && most < 0 && worsening < -minEffect) return report('keep', `${metric.name} is better`)
      const wanted = guardrail ? `that ${metric.name} is not worse by ${size}` : `an effect of at least ${size} on ${metric.name}`
      return report(unproven, ended ? `${wanted} was not proven` : `${wanted} is not proven yet`)
    },
  }
}

function isConstant(samples: readonly Sample[]): boolean {
  return samples.every((sample) => sample.value === samples[0]!.value)
}
