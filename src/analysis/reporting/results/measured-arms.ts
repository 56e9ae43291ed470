import type { RecordedMetric } from '../../../model/metric.ts'
import type { ArmMetrics, MeasuredMetrics } from '../../../model/result.ts'
import type { Arm, Suspension } from '../../../model/trial.ts'
import type { ObservationsByArm } from '../../judging/index.ts'
import { listExcludedPeriods, listObservationStarts } from '../../trials/suspension.ts'
import type { ObservationsAfterWarmUp } from '../../trials/warm-up.ts'
import { compareArms, computeMeasuredMetrics, type ObservedPeriod } from './outcome.ts'

/**
 * The figures of both arms from what was judged of them, without the warm-up; as long as all of it is warm-up, from all.
 * @param past the figures before the trial
 * @param since the start of the observation, milliseconds since the epoch
 */
export function measureArms(
  arms: ObservationsByArm,
  { judged, warmAt }: ObservationsAfterWarmUp<ObservationsByArm>,
  {
    past,
    declared,
    suspensions,
    since,
  }: {
    past: MeasuredMetrics
    declared: readonly RecordedMetric[] | undefined
    suspensions: readonly Suspension[]
    since: number
  },
): ArmMetrics {
  const isJudged = judged.candidate.executions.length > 0
  const shown = isJudged ? judged : arms
  const pauses = listExcludedPeriods(suspensions, {
    since,
    warmAt: isJudged ? warmAt : listObservationStarts(suspensions, since),
  })
  const afterPause = ({ from, to }: ObservedPeriod): ObservedPeriod[] => {
    const start = Math.max(from, ...pauses.flatMap((pause) => (pause.from <= from ? pause.to : [])))
    return start < to ? [{ from: start, to }] : []
  }
  const measure = (arm: Arm) => {
    const periods = shown.blocks?.filter((block) => block.arm === arm).flatMap(afterPause)
    return computeMeasuredMetrics(shown[arm], declared, { periods, pauses })
  }
  return compareArms(past, { before: measure('control'), after: measure('candidate') })
}
