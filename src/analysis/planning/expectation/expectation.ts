import { roundToDecimals } from '../../statistics/rounding.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'
import { computePredictionInterval } from './calibration.ts'
import type { Lesson } from './lessons.ts'
import { improvementPosterior, improvementVariances, type StrategySubject } from './posterior.ts'

/** What the documents promise before anything is known (B5, B6). */
export interface ImprovementPrior {
  /** Percent for times, points for rates and scores. */
  improvement: number
  /** Milliseconds. */
  implementationTime: number
}

export interface ImprovementExpectation extends ImprovementPrior {
  /** Holds what the trial will measure with a probability of 80 %. */
  interval: [low: number, high: number]
  /** Standard deviation of the expectation itself; 0 where no trial of the sort was ever measured. */
  uncertainty: number
}

/** Variance of what a trial measures around what it would measure with all the samples in the world. */
const measurement = 5 ** 2

/** What a strategy promises (B5, B10): exactly the prior where no trial of its sort was ever measured, else the posterior. */
export function computeExpectation(
  prior: ImprovementPrior,
  subject: StrategySubject,
  lessons: readonly Lesson[],
): ImprovementExpectation {
  const { mean, variance } = improvementPosterior(prior.improvement, subject, lessons)
  const deviation = Math.sqrt(variance + improvementVariances.trials + measurement)
  const [low, high] = computePredictionInterval(mean, deviation, subject, lessons)
  return {
    improvement: roundToDecimals(mean),
    interval: [roundToDecimals(low), roundToDecimals(high)],
    uncertainty: lessons.length > 0 ? roundToDecimals(Math.sqrt(variance), 2) : 0,
    implementationTime: usualTime(subject, lessons) ?? prior.implementationTime,
  }
}

/** Of the trials on its kind, else of all. */
function usualTime({ kind }: StrategySubject, lessons: readonly Lesson[]): number | undefined {
  const onKind = lessons.filter(({ trial }) => trial.kind === kind)
  const times = meanIgnoringNulls((onKind.length > 0 ? onKind : lessons).map(({ trial }) => trial.executionTimeMs))
  return times === null ? undefined : Math.round(times)
}
