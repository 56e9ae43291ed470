import { findFigureOrigin } from '../../model/current-figures.ts'
import type { Metric, MetricCatalogue } from '../../model/metric.ts'
import type { CurrentMetric } from '../../model/metric-view.ts'
import { type AgentProfile, findAgentProfileValue, type SourceName } from '../../model/profile.ts'
import { type InstanceExecution, readExecutionMetric, readExecutionRatio } from '../../model/readings.ts'
import type { Thresholds } from '../../model/thresholds.ts'
import { linearizeRatio } from '../statistics/figures.ts'
import { mean, quantile } from '../statistics/summaries.ts'
import { computeThroughput } from './profiles/database.ts'

/** The records of an agent. */
export interface AgentRecords {
  /** Its newest executions. */
  executions: readonly InstanceExecution[]
  /** Its newest executions with late scores, which may be older. */
  scored: readonly InstanceExecution[]
  /** From the newest snapshot, which was taken at `takenAt`; undefined before its first. */
  profile: AgentProfile | undefined
  takenAt: number
  /** Values of each metric by the snapshots of the last hour, oldest first. */
  history: Readonly<Record<string, readonly number[]>>
}

/**
 * The current metrics of an agent: every metric that is reported, in the order of the catalogue. Metrics of executions are computed from
 * the newest executions, the others come from the newest snapshot.
 * @param now milliseconds since the epoch
 */
export function computeCurrentMetrics(catalogue: MetricCatalogue, known: AgentRecords, now: number): CurrentMetric[] {
  return [...catalogue.values()].flatMap((metric) => {
    const current = isFromExecutions(metric)
      ? fromExecutions(metric, selectExecutions(metric, known), now)
      : fromProfile(metric, known, now)
    if (!current) return []
    const { name, label, unit, direction, kind, source } = metric
    return [
      {
        metric: name,
        label,
        unit,
        direction,
        kind,
        source,
        ...current,
        trend: computeRecentTrend(metric, known.history[name] ?? []),
      },
    ]
  })
}

/** The target of a metric (B2, B4), and whether its value has reached it; undefined if it has none. */
export function findMetricTarget(
  { metric, direction, value }: Pick<CurrentMetric, 'metric' | 'direction' | 'value'>,
  thresholds: Thresholds,
): CurrentMetric['target'] {
  const targets: Record<string, number> = {
    responseTime: thresholds.responseTimeMs,
    successRate: thresholds.successRate,
    averageConfidence: thresholds.averageConfidence,
    coordinationScore: thresholds.coordinationScore,
  }
  const target = targets[metric]
  if (target === undefined) return undefined
  return { value: target, isMet: direction === 'lower' ? value <= target : value >= target }
}

type Current = Omit<CurrentMetric, 'metric' | 'label' | 'unit' | 'direction' | 'kind' | 'source' | 'trend' | 'target'>

const isFromExecutions = ({ name, grain }: Metric) => grain === 'execution' || name === 'throughput'

/** The executions that a metric is computed from: one that executions report may be missing in all of the newest, because it comes late. */
function selectExecutions({ name, ratio }: Metric, { executions, scored }: AgentRecords): readonly InstanceExecution[] {
  const isReportedBy = (execution: InstanceExecution) =>
    ratio ? readExecutionRatio(ratio, execution) !== undefined : execution.metrics?.[name] !== undefined
  const newest = Math.min(...executions.map(({ at }) => at))
  const reporting = [...executions, ...scored.filter(({ at }) => at < newest)].filter(isReportedBy)
  return reporting.length > 0 ? reporting.slice(0, executions.length) : executions
}

/**
 * The value alone of a metric that the newest executions of an agent report, as in `computeCurrentMetrics`; undefined of another metric.
 * @param now milliseconds since the epoch
 */
export function computeCurrentValue(metric: Metric, executions: readonly InstanceExecution[], now: number): number | undefined {
  if (!isFromExecutions(metric)) return undefined
  return computeValue(metric, selectReporting(metric, executions), now)
}

const selectReporting = (metric: Metric, executions: readonly InstanceExecution[]) =>
  metric.name === 'throughput' ? executions : executions.filter((each) => readPart(metric, each) !== undefined)

function fromExecutions(metric: Metric, executions: readonly InstanceExecution[], now: number): Current | undefined {
  const reported = selectReporting(metric, executions)
  const whole = summarize(metric, reported, now)
  if (!whole) return undefined
  const byInstance = Map.groupBy(reported, ({ instanceId }) => instanceId ?? '')
  const instances = [...byInstance]
    .filter(([instanceId]) => instanceId !== '')
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([instanceId, own]) => {
      const { value, samples, ageMs } = summarize(metric, own, now) ?? {}
      return value === undefined ? [] : [{ instanceId, value, samples: samples!, ageMs: ageMs! }]
    })
  return { ...whole, instances }
}

function summarize(
  metric: Metric,
  executions: readonly InstanceExecution[],
  now: number,
): Omit<Current, 'instances'> | undefined {
  const value = computeValue(metric, executions, now)
  if (value === undefined) return undefined
  const ageMs = now - Math.max(...executions.map(({ at }) => at))
  const isSum = metric.name === 'throughput' || metric.ratio !== undefined || metric.kind === 'proportion'
  const quantiles = isSum ? null : quantilesOf(executions.map((each) => readPart(metric, each)!.value))
  return { value, quantiles, samples: executions.length, ageMs }
}

/** The value of a metric in executions that all report it; undefined if they do not tell it. */
function computeValue(metric: Metric, executions: readonly InstanceExecution[], now: number): number | undefined {
  if (executions.length === 0) return undefined
  if (metric.name === 'throughput') {
    const oldestAt = Math.min(...executions.map(({ at }) => at))
    const successes = executions.filter(({ at, success }) => success && at > oldestAt).length
    return computeThroughput(executions.length, successes, oldestAt, now) ?? undefined
  }
  const parts = executions.map((each) => readPart(metric, each)!)
  const values = metric.ratio ? linearizeRatio(parts) : parts.map(({ value }) => value)
  return values.length === 0 ? undefined : mean(values)
}

/** The contribution of an execution to a metric: its value, or its part of both sums of a ratio; undefined if it does not report it. */
function readPart({ name, ratio }: Metric, execution: InstanceExecution): { value: number; per?: number } | undefined {
  if (ratio) return readExecutionRatio(ratio, execution)
  const value = readExecutionMetric(name, execution)
  return value === undefined ? undefined : { value }
}

const quantilesOf = (values: readonly number[]) => {
  const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map((share) => quantile(values, share)!)
  return { p50: p50!, p90: p90!, p95: p95!, p99: p99! }
}

function fromProfile(metric: Metric, { profile, takenAt }: AgentRecords, now: number): Current | undefined {
  const value = profile && findAgentProfileValue(metric.name, profile)
  if (value === undefined || !Number.isFinite(value)) return undefined
  const source = profile!.sources.find((each) => each.source === (metric.source as SourceName))
  const ageMs = (findFigureOrigin(profile!, metric.name) ?? source)?.ageMs ?? 0
  return { value, quantiles: null, samples: null, ageMs: now - takenAt + ageMs, instances: [] }
}

/** The change of a metric from an earlier value: percent of a quantity, points of a proportion; null without an earlier value. */
export function computeTrend({ kind }: Metric, { value, before }: { value: number; before: number | null }): number | null {
  if (before === null) return null
  if (kind === 'proportion') return 100 * (value - before)
  return before > 0 ? 100 * (value / before - 1) : null
}

/** The trend of the newest of these values, against the mean of the others. */
function computeRecentTrend(metric: Metric, values: readonly number[]): number | null {
  const [value, earlier] = [values.at(-1), values.slice(0, -1)]
  return value === undefined ? null : computeTrend(metric, { value, before: earlier.length === 0 ? null : mean(earlier) })
}
