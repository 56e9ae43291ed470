import { roundToDecimals } from '../../statistics/rounding.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'
import { computePredictionInterval } from './calibration.ts'
import { computeImprovementPosterior, improvementVariances, type StrategyAgent } from './posterior.ts'
import type { TrialEvidence } from './trial-evidence.ts'

/** The prior: the improvement that the documents state (B5, B6). */
export interface ImprovementPrior {
  /** Percent for times, points for rates and scores. */
  improvement: number
  /** Milliseconds. */
  implementationTime: number
}

export interface ImprovementExpectation extends ImprovementPrior {
  /** Contains the measurement of the trial with a probability of 80%. */
  interval: [low: number, high: number]
  /** Standard deviation of the expectation itself; 0 if no trial of the sort was ever measured. */
  uncertainty: number
}

/** Variance of a trial's measurement around the result with unlimited samples. */
const measurement = 5 ** 2

/** The predicted improvement of a strategy (B5, B10): exactly the prior if no trial of its sort was ever measured, otherwise the posterior. */
export function computeExpectation(
  prior: ImprovementPrior,
  subject: StrategyAgent,
  evidence: readonly TrialEvidence[],
): ImprovementExpectation {
  const { mean, variance } = computeImprovementPosterior(prior.improvement, subject, evidence)
  const deviation = Math.sqrt(variance + improvementVariances.trials + measurement)
  const [low, high] = computePredictionInterval(mean, deviation, subject, evidence)
  return {
    improvement: roundToDecimals(mean),
    interval: [roundToDecimals(low), roundToDecimals(high)],
    uncertainty: evidence.length > 0 ? roundToDecimals(Math.sqrt(variance), 2) : 0,
    implementationTime: usualTime(subject, evidence) ?? prior.implementationTime,
  }
}

/**
 * The expectation of a change that is tried to learn its effect. Earlier trials of its sort gained from other changes, so no gain is
 * predicted: at most as much as theirs, or as far on the other side of zero as such trials scatter.
 */
export function withoutExpectedGain(usual: ImprovementExpectation): ImprovementExpectation {
  const { improvement, interval, ...known } = usual
  const [low, high] = interval
  const expected = Math.min(0, improvement)
  return {
    ...known,
    improvement: expected,
    interval: [Math.min(low, roundToDecimals(expected - (high - low) / 2)), Math.max(high, 0)],
  }
}

/** Computed from the trials on its kind, or from all if there are none. */
function usualTime({ kind }: StrategyAgent, evidence: readonly TrialEvidence[]): number | undefined {
  const onKind = evidence.filter(({ trial }) => trial.kind === kind)
  const times = meanIgnoringNulls((onKind.length > 0 ? onKind : evidence).map(({ trial }) => trial.executionTimeMs))
  return times === null ? undefined : Math.round(times)
}
