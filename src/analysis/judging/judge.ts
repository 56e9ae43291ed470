import { OptimizerError } from '../../model/errors.ts'
import type { ArmSamples, Sample, TrialDesign, Verdict } from '../../model/trial.ts'
import { assessBeforeAfter, assessBeside, type Summary } from './assess-continuous.ts'
import { assessShareBeforeAfter, assessShareBeside } from './assess-proportion.ts'
import type { Assessor } from './assessment.ts'
import { nominalLevels } from './boundary.ts'
import { FIRST_LOOK, plannedLooks, sharedTime, upTo } from './looks.ts'
import { admit, type Metric } from './samples.ts'

export interface JudgeOptions {
  metric: Metric
  design: TrialDesign
  /** Samples of the same instances from before the change; may be empty. */
  history: ArmSamples
  /** Samples in the smaller arm (before/after: in the candidate arm) at which the trial ends. */
  maxSamples: number
  /** Probability of rolling back a harmless change, over all looks together. */
  alpha?: number
  /** Smallest effect that counts: relative for continuous metrics, a difference of shares for proportions. */
  minEffect?: number
  /** What the effect of a continuous metric is measured on; with `median`, keeping needs proof on it too. */
  summary?: Summary
}

export interface Look {
  decision: 'continue' | Verdict
  /** Change of the metric: relative for continuous metrics (0.1 is 10 % more), a difference of shares for proportions. */
  effect: number | null
  /** Holds the true effect, whenever one stops looking, with a probability of at least 95 %. */
  interval: [low: number, high: number] | null
  /** Worsening, in the units of `effect`, that is exceeded with a probability of a quarter at most, at this look alone. */
  plausibleHarm: number | null
  samples: { control: number; candidate: number }
  reason: string
}

export interface Judge {
  /**
   * Judges all samples so far. `final`: no more will come, so what is left of the error rates is spent and the trial ends.
   * @throws OptimizerError `unusable-samples`
   */
  look(samples: ArmSamples, options?: { final?: boolean }): Look
}

const ALPHA = 0.05
/** Of keeping what is no improvement; measured rates stay below 2.5 %. */
const IMPROVEMENT_ALPHA = 0.021
/**
 * What is spent per alpha. More than 1 in all: effects below `minEffect` do not count and means of autocorrelated values cross
 * less often, so that the measured rates of false roll-backs stay at alpha (`bench/judge.ts`).
 */
const SPENT = { continuous: 1.05, proportion: 1, tail: 0.25 }
const PLAUSIBLE = 0.25
/** Fewer samples of an arm than this are no history. */
const LEAST_HISTORY = 20
const MIN_EFFECT = { continuous: 0.05, proportion: 0.02 }

/**
 * A sequential judge of one metric; however often it looks, its error rates hold.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createJudge(options: JudgeOptions): Judge {
  const { metric, design, maxSamples, alpha = ALPHA, minEffect = MIN_EFFECT[options.metric.kind] } = options
  validate(maxSamples, alpha, minEffect)
  const together = design === 'concurrent'
  const { assess, information } = createAssessor(options)
  const looks = plannedLooks(maxSamples)
  const levelsOf = (schedule: readonly number[], ended: boolean) => {
    const fractions = schedule.map((n) => information(n, maxSamples))
    const levels = (rate: number) => nominalLevels(fractions, rate, ended)
    return {
      harm: levels(alpha * SPENT[metric.kind]),
      tail: levels(alpha * SPENT.tail),
      improvement: levels(IMPROVEMENT_ALPHA),
    }
  }
  const planned = levelsOf(looks, false)

  return {
    look(samples, { final = false } = {}) {
      const control = admit(samples.control, metric)
      const candidate = admit(samples.candidate, metric)
      const counts = { control: control.admitted.length, candidate: candidate.admitted.length }
      const smaller = together ? Math.min(counts.control, counts.candidate) : counts.candidate
      const ended = final || smaller >= maxSamples
      const excluded = control.excluded + candidate.excluded
      const note = excluded ? `; ${excluded} unusable samples were left out` : ''
      const unproven = ended ? 'undecided' : 'continue'
      const unable = (why: string): Look => ({
        decision: unproven,
        effect: null,
        interval: null,
        plausibleHarm: null,
        samples: counts,
        reason: why + note,
      })

      if (Math.min(counts.control, counts.candidate) < FIRST_LOOK)
        return unable(`too few samples of ${metric.name}: at least ${FIRST_LOOK} of each arm are needed`)
      const past = looks.filter((n) => n <= smaller)
      const early = final && past.at(-1)! < Math.min(smaller, maxSamples)
      const schedule = early ? [...past, smaller] : past
      const judged = upTo({ control: control.admitted, candidate: candidate.admitted }, schedule.at(-1)!, together)
      if (metric.kind === 'continuous' && (isConstant(judged.control) || isConstant(judged.candidate)))
        return unable(`all values of ${metric.name} in an arm are the same, which is no measurement`)

      const all = early ? levelsOf(schedule, true) : planned
      const level = (of: keyof typeof all) => all[of][schedule.length - 1]!
      const { cost, tail, worsening, interval } = assess(judged)
      const [least, most] = interval(level('improvement'))
      const report = (decision: Look['decision'], reason: string): Look => ({
        decision,
        effect: metric.direction === 'lower' ? worsening : -worsening,
        interval: metric.direction === 'lower' ? [least, most] : [-most, -least],
        plausibleHarm: interval(PLAUSIBLE)[1],
        samples: counts,
        reason: reason + note,
      })
      if (cost.harm < level('harm') && worsening > minEffect) return report('roll-back', `${metric.name} is worse`)
      if (tail && tail.harm < level('tail')) return report('roll-back', `the slowest part of ${metric.name} is worse`)
      if (most < 0 && worsening < -minEffect) return report('keep', `${metric.name} is better`)
      return report(unproven, ended ? `no effect on ${metric.name} was proven` : `no effect on ${metric.name} is proven yet`)
    },
  }
}

function createAssessor({ metric, design, history, summary = 'clipped-mean' }: JudgeOptions): Assessor {
  const control = admit(history.control, metric).admitted
  const candidate = admit(history.candidate, metric).admitted
  if (design === 'before-after' && control.length >= LEAST_HISTORY)
    return metric.kind === 'continuous' ? assessBeforeAfter(control, metric.direction, summary) : assessShareBeforeAfter(control)
  const shared = sharedTime({ control, candidate })
  const known = Math.min(shared.control.length, shared.candidate.length) >= LEAST_HISTORY ? shared : null
  return metric.kind === 'continuous' ? assessBeside(known, metric.direction, summary) : assessShareBeside(known)
}

function validate(maxSamples: number, alpha: number, minEffect: number) {
  const refuse = (message: string) => new OptimizerError('unusable-options', message)
  if (!Number.isInteger(maxSamples) || maxSamples < FIRST_LOOK)
    throw refuse(`maxSamples must be a whole number of at least ${FIRST_LOOK}, not ${maxSamples}`)
  if (!(alpha > 0 && alpha < 0.5)) throw refuse(`alpha must lie between 0 and 0.5, not ${alpha}`)
  if (!(minEffect >= 0)) throw refuse(`minEffect must be 0 or more, not ${minEffect}`)
}

function isConstant(samples: readonly Sample[]): boolean {
  return samples.every((sample) => sample.value === samples[0]!.value)
}
