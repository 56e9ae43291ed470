import type { MeasuredMetrics } from '../../../model/result.ts'
import type { ArmObservations } from '../../judging/trial.ts'
import { mean, median } from '../../statistics/summaries.ts'

/** The usual figures of one arm (B9 `metrics`). */
export function computeMeasuredMetrics({ executions, negotiations }: ArmObservations): MeasuredMetrics {
  const times = executions.map(({ durationMs }) => durationMs).filter(Number.isFinite)
  return {
    samples: executions.length,
    responseTimeP50: times.length > 0 ? median(times) : null,
    responseTimeMean: times.length > 0 ? mean(times) : null,
    successRate: executions.length > 0 ? mean(executions.map(({ success }) => Number(success))) : null,
    coordinationScore: negotiations.length > 0 ? mean(negotiations.map(({ agreed }) => Number(agreed))) : null,
  }
}
