import { OptimizerError } from '../../model/errors.ts'
import type { ArmSamples, TrialDesign } from '../../model/trial.ts'
import { worthwhileEffect } from '../statistics/worthwhile-effect.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import type { EffectSummary, JudgedMetric } from './samples.ts'

export interface JudgeOptions {
  metric: JudgedMetric
  design: TrialDesign
  /** Samples of the same instances from before the change; may be empty. */
  history: ArmSamples
  /** Samples in the smaller arm (before/after: in the candidate arm) at which the trial ends. */
  maxSamples: number
  /**
   * A guardrail whose trial may go on after `maxSamples`, for the sake of something else, is judged up to so many; by default it is not. A part of
   * its error probabilities is left for that.
   */
  maxGuardSamples?: number | undefined
  /** Probability of rolling back a harmless change, over all looks together; `ALPHA` by default. */
  alpha?: number
  /**
   * Smallest effect that counts: relative for continuous metrics (default `worthwhileEffect`), a difference of shares for proportions.
   * For a guardrail, the largest harm that a kept change may do.
   */
  minEffect?: number
  /** Whether the arms share one stream of work, as they do by default; if not, a candidate with few samples is not taken for silent. */
  sharesWork?: boolean
  /** A guardrail need not improve: proof that it is not worse by `minEffect` is enough to keep the change. */
  guardrail?: boolean
  /** Harm to a guardrail of up to `minEffect` was accepted for this metric, so that only more of it is rolled back. */
  isAccepted?: boolean | undefined
  /** The statistic for the effect on a continuous metric; with `median`, keeping needs proof on it too. */
  summary?: EffectSummary
  /**
   * The quantile of a continuous metric on which the effect is measured instead, 0–1, such as 0.95; for the design `concurrent`.
   */
  quantile?: number | undefined
}

/** Default probability of rolling back a harmless change. */
export const DEFAULT_ALPHA = 0.05

/**
 * Checks options and fills in defaults; `minHarm` is the smallest estimate of harm that is rolled back.
 * @throws OptimizerError `unusable-options`
 */
export function parseJudgeOptions(options: JudgeOptions) {
  const { metric, design, maxSamples, alpha = DEFAULT_ALPHA, guardrail = false } = options
  const oneOf = (name: string, value: unknown, allowed: string[]) => {
    if (!allowed.includes(value as string)) throw refusal(`${name} must be one of ${allowed.join(', ')}, not ${value}`)
  }
  oneOf('metric.direction', metric.direction, ['lower', 'higher'])
  oneOf('metric.kind', metric.kind, ['continuous', 'proportion'])
  oneOf('design', design, ['concurrent', 'switchback', 'before-after'])
  const { minEffect = worthwhileEffect[metric.kind] } = options
  if (!Number.isInteger(maxSamples) || maxSamples < MIN_SAMPLES_PER_ARM)
    throw refusal(`maxSamples must be a whole number of at least ${MIN_SAMPLES_PER_ARM}, not ${maxSamples}`)
  if (!(alpha > 0 && alpha < 0.5)) throw refusal(`alpha must be between 0 and 0.5, not ${alpha}`)
  if (!(minEffect >= 0 && minEffect < Infinity)) throw refusal(`minEffect must be 0 or more, not ${minEffect}`)
  const { quantile } = options
  if (quantile !== undefined && !(quantile > 0 && quantile < 1 && metric.kind === 'continuous' && design === 'concurrent'))
    throw refusal(
      `a quantile must be between 0 and 1, and needs a continuous metric and a concurrent design, not ${quantile} of ${metric.name}`,
    )
  const minHarm = guardrail && !options.isAccepted ? Math.min(minEffect, worthwhileEffect[metric.kind]) : minEffect
  return { ...options, alpha, minEffect, minHarm, guardrail }
}

const refusal = (message: string) => new OptimizerError('unusable-options', message)
