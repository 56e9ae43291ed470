/** Parts of a result: the figures that its arms measured, and whether its strategy's promise was kept. */
import type { MeasuredMetrics, PromisedImprovement } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { ArmObservations } from '../../judging/index.ts'
import { mean, median, variance } from '../../statistics/summaries.ts'

/** The usual figures of one arm (B9 `metrics`). */
export function computeMeasuredMetrics({ executions, negotiations }: ArmObservations): MeasuredMetrics {
  const times = executions.map(({ durationMs }) => durationMs).filter(Number.isFinite)
  return {
    samples: executions.length,
    responseTimeP50: times.length > 0 ? median(times) : null,
    responseTimeMean: times.length > 0 ? mean(times) : null,
    successRate: executions.length > 0 ? mean(executions.map(({ success }) => Number(success))) : null,
    coordinationScore: negotiations.length > 0 ? mean(negotiations.map(({ agreed }) => Number(agreed))) : null,
    ...summarizeReported(executions),
  }
}

function summarizeReported(executions: ArmObservations['executions']): Pick<MeasuredMetrics, 'reported'> {
  const names = [...new Set(executions.flatMap(({ metrics }) => Object.keys(metrics ?? {})))].sort()
  if (names.length === 0) return {}
  const summaries = names.map((name) => {
    const values = executions.flatMap(({ metrics }) => metrics?.[name] ?? [])
    const standardError = Math.sqrt(variance(values, 1) / values.length)
    return [name, { mean: mean(values), standardError, samples: values.length }] as const
  })
  return { reported: Object.fromEntries(summaries) }
}

/** A strategy's promise compared with the measurement of its trial; null if nothing was promised. */
export function evaluatePromise(strategy: Strategy, measured: number | null): PromisedImprovement | null {
  const { expectedImprovement: improvement, expectedInterval: interval } = strategy
  if (!interval) return null
  return { improvement, interval, held: measured === null ? null : measured >= interval[0] && measured <= interval[1] }
}
