import type { Anomaly, AnomalyKind } from '../../model/anomaly.ts'
import { findExternalCause } from '../../model/anomaly.ts'
import type { BottleneckType, Severity } from '../../model/bottleneck.ts'
import type { Metric } from '../../model/metric.ts'
import { median, quantile } from '../statistics/summaries.ts'

/** The part of a metric that decides which way is worse, and by how much. */
export type WatchedMetric = Pick<Metric, 'name' | 'label' | 'kind' | 'unit' | 'direction'>

const resources: ReadonlySet<string> = new Set([
  'cpuPercent',
  'memoryPercent',
  'heapPercent',
  'storagePercent',
  'networkBytesPerSecond',
  'ioBytesPerSecond',
  'cpuThrottledPercent',
  'cpuMs',
  'memoryMb',
  'eventLoopDelayMs',
])
const times: ReadonlySet<string> = new Set(['responseTime', 'messageLatencyMs', 'inboundLatencyMs'])
const successes: ReadonlySet<string> = new Set(['successRate', 'messageSuccessRate'])

/** The type of bottleneck that an anomaly is (docs/anomalies.md lists them). */
export function toBottleneckType(anomaly: Pick<Anomaly, 'component' | 'metric' | 'kind' | 'causes'>): BottleneckType {
  const { metric, kind } = anomaly
  if (kind === 'stuck') return 'stuck_metric'
  if (kind === 'dropout') return 'metric_dropout'
  if (times.has(metric) && findExternalCause(anomaly)) return 'dependency_slowdown'
  if (kind === 'drift') return 'slow_drift'
  if (times.has(metric)) return 'response_time_anomaly'
  if (successes.has(metric)) return 'error_burst'
  return resources.has(metric) ? 'resource_anomaly' : 'metric_anomaly'
}

/** Whether values are worse than before, in the direction of the metric; a metric that varies more is worse, and so is a missing or stuck one. */
export function isWorsening(
  kind: AnomalyKind,
  { direction }: WatchedMetric,
  past: readonly number[],
  present: readonly number[],
): boolean {
  if (kind === 'stuck' || present.length === 0) return true
  if (kind === 'variance') return spread(present) > spread(past)
  const change = median(present) - median(past)
  return direction === 'lower' ? change > 0 : change < 0
}

const spread = (values: readonly number[]) => (quantile(values, 0.75) ?? 0) - (quantile(values, 0.25) ?? 0)

/** Points of a share or percentage, and factors of a quantity, from which an anomaly is of a severity. */
const steps = { critical: { points: 30, factor: 4 }, high: { points: 10, factor: 1.5 } }

/** A value is about 0 if it is at most this share of the largest usual one. */
const negligible = 0.1

export function rateSeverity(
  { kind, before, value, usual }: Pick<Anomaly, 'kind' | 'before' | 'value' | 'usual'>,
  metric: WatchedMetric,
): Severity {
  if (kind === 'stuck' || kind === 'spike') return 'low'
  if (kind === 'dropout' || value === null) return 'high'
  const isShare = metric.kind === 'proportion' || metric.unit === '%'
  const points = (metric.kind === 'proportion' ? 100 : 1) * Math.abs(value - before)
  const factor = computeFactor(value, before, usual)
  const reaches = (step: { points: number; factor: number }) => (isShare ? points >= step.points : factor >= step.factor)
  return reaches(steps.critical) ? 'critical' : reaches(steps.high) ? 'high' : 'medium'
}

/** How many times as far from 0 a value is, or less far; where values are about 0, how many times as far as the largest usual one. */
function computeFactor(value: number, before: number, usual: readonly [number, number]): number {
  const largest = Math.max(...usual.map(Math.abs))
  const [size, sizeBefore] = [Math.abs(value), Math.abs(before)]
  if (sizeBefore <= negligible * largest) return largest === 0 ? steps.high.factor : size / largest
  return Math.max(size, sizeBefore) / Math.min(size, sizeBefore)
}
