/** Parts of a result: the metrics of its arms, and whether its strategy's prediction came true. */
import { isRatioMetric, type RatioMetric, type RecordedMetric } from '../../../model/metric.ts'
import { readExecutionMetric, readExecutionRatio } from '../../../model/readings.ts'
import type { ArmMetrics, MeasuredMetrics, PredictedImprovement } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { ArmObservations } from '../../judging/index.ts'
import { getMetricLevel, listMeasuredMetrics } from '../../statistics/effects.ts'
import { computeMean, computeQuantile, computeRate, computeRatio, computeVariance } from '../../statistics/figures.ts'
import { mean, median, variance } from '../../statistics/summaries.ts'

/** Milliseconds since the epoch. */
export interface ObservedPeriod {
  from: number
  to: number
}

/** When an arm ran: only in some periods, such as the blocks of a switchback trial, or always but in some pauses. */
export interface RunningTime {
  periods?: readonly ObservedPeriod[] | undefined
  /** None overlaps another. */
  pauses?: readonly ObservedPeriod[] | undefined
}

/**
 * The usual figures of one arm (B9 `metrics`).
 * @param declared metrics that are not built in; the ratios among them are computed
 * @param running when the arm ran, if it did not all the time
 */
export function computeMeasuredMetrics(
  { executions, negotiations }: ArmObservations,
  declared: readonly RecordedMetric[] = [],
  running: RunningTime = {},
): MeasuredMetrics {
  const times = executions.map(({ durationMs }) => durationMs).filter(Number.isFinite)
  return {
    samples: executions.length,
    responseTimeP50: times.length > 0 ? median(times) : null,
    responseTimeMean: times.length > 0 ? mean(times) : null,
    successRate: executions.length > 0 ? mean(executions.map(({ success }) => Number(success))) : null,
    coordinationScore: negotiations.length > 0 ? mean(negotiations.map(({ agreed }) => Number(agreed))) : null,
    ...summarizeReported(executions, declared.filter(isRatioMetric)),
    ...summarizeFurther({ executions, negotiations }, running),
  }
}

/** Metrics that trials are not judged by, as far as they were measured. */
function summarizeFurther(
  { executions, negotiations }: ArmObservations,
  { periods, pauses = [] }: RunningTime,
): Pick<MeasuredMetrics, 'further'> {
  const times = executions.map(({ durationMs }) => durationMs).filter(Number.isFinite)
  const each = (name: string) => executions.flatMap((execution) => readExecutionMetric(name, execution) ?? [])
  const successes = executions.filter(({ success }) => success)
  const figures = {
    responseTimeP50: computeQuantile(times, 0.5),
    responseTimeP90: computeQuantile(times, 0.9),
    responseTimeP95: computeQuantile(times, 0.95),
    responseTimeP99: computeQuantile(times, 0.99),
    responseTimeVariance: computeVariance(times),
    throughput: periods ? computeRateWithin(periods, successes) : computeRateOfEach(successes, pauses),
    errorRate: computeMean(each('errorRate')),
    averageConfidence: computeMean(each('averageConfidence')),
    coordinationScore: computeMean(negotiations.map(({ agreed }) => Number(agreed))),
    messageLatencyMs: computeMean(negotiations.flatMap(({ latencyMs }) => latencyMs ?? [])),
    conflictResolutionTimeMs: computeMean(negotiations.flatMap(({ conflictResolutionTimeMs: ms }) => ms ?? [])),
  }
  const known = Object.entries(figures).flatMap(([name, figure]) => (figure ? [[name, figure] as const] : []))
  return known.length === 0 ? {} : { further: Object.fromEntries(known) }
}

type Dated = Pick<ArmObservations['executions'][number], 'at' | 'instance'>

/** Events per minute per instance; the pauses do not count. */
function computeRateOfEach(events: readonly Dated[], pauses: readonly ObservedPeriod[]) {
  const pausedUntil = (time: number) => pauses.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(time, to) - from), 0)
  const ofInstances = [...Map.groupBy(events, ({ instance }) => instance).values()]
  return computeRate(ofInstances.map((own) => own.map(({ at }) => at - pausedUntil(at))))
}

/** Events per minute of the periods; the pauses between them do not count. */
const computeRateWithin = (periods: readonly ObservedPeriod[], events: readonly Dated[]) =>
  computeRatio(
    periods.map(({ from, to }) => ({
      value: events.filter(({ at }) => at >= from && at < to).length,
      per: (to - from) / 60_000,
    })),
  )

function summarizeReported(
  executions: ArmObservations['executions'],
  ratios: readonly RatioMetric[],
): Pick<MeasuredMetrics, 'reported'> {
  // Values reported under the name of a ratio are ignored.
  const isOfRatio = (name: string) => ratios.some((ratio) => ratio.name === name)
  const reported = new Set(executions.flatMap(({ metrics }) => Object.keys(metrics ?? {})))
  const names = [...reported].filter((name) => !isOfRatio(name)).sort()
  const means = names.map((name) => {
    const values = executions.flatMap(({ metrics }) => metrics?.[name] ?? [])
    const standardError = Math.sqrt(variance(values, 1) / values.length)
    return [name, { mean: mean(values), standardError, samples: values.length }] as const
  })
  const computed = ratios.flatMap(({ name, ratio }) => {
    const figure = computeRatio(executions.flatMap((execution) => readExecutionRatio(ratio, execution) ?? []))
    return figure ? [[name, { mean: figure.value, standardError: figure.standardError, samples: figure.samples }] as const] : []
  })
  const summaries = [...means, ...computed]
  return summaries.length === 0 ? {} : { reported: Object.fromEntries(summaries) }
}

/** The metrics of both arms, and those that were measured before the trial but in neither arm since. */
export function compareArms(past: MeasuredMetrics, { before, after }: Pick<ArmMetrics, 'before' | 'after'>): ArmMetrics {
  const names = [...new Set([...listMeasuredMetrics(past), ...Object.keys(past.further ?? {})])]
  const stopped = names.filter(
    (name) => getMetricLevel(name, past) !== null && [before, after].every((arm) => getMetricLevel(name, arm) === null),
  )
  return { before, after, ...(stopped.length > 0 && { stopped }) }
}

/** A strategy's prediction compared with the measurement of its trial; null if nothing was predicted. */
export function comparePrediction(strategy: Strategy, measured: number | null): PredictedImprovement | null {
  const { expectedImprovement: improvement, expectedInterval: interval } = strategy
  if (!interval) return null
  return { improvement, interval, held: measured === null ? null : measured >= interval[0] && measured <= interval[1] }
}
