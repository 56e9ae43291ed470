import type { RecordedMetric } from '../../../model/metric.ts'
import type { ArmMetrics, MeasuredMetrics } from '../../../model/result.ts'
import type { Arm } from '../../../model/trial.ts'
import type { ObservationsByArm } from '../../judging/index.ts'
import type { WarmedObservations } from '../../trials/warm-up.ts'
import { compareArms, computeMeasuredMetrics } from './outcome.ts'

/**
 * The figures of both arms from what was judged of them, without the warm-up; as long as all of it is warm-up, from all.
 * @param past the figures before the trial
 */
export function measureArms(
  arms: ObservationsByArm,
  { judged }: WarmedObservations<ObservationsByArm>,
  { past, declared }: { past: MeasuredMetrics; declared: readonly RecordedMetric[] | undefined },
): ArmMetrics {
  const shown = judged.candidate.executions.length > 0 ? judged : arms
  const measure = (arm: Arm) =>
    computeMeasuredMetrics(
      shown[arm],
      declared,
      shown.blocks?.filter((block) => block.arm === arm),
    )
  return compareArms(past, { before: measure('control'), after: measure('candidate') })
}
