import type { MetricValues } from '../../../model/metric-value.ts'
import type { SelfReportMetrics } from '../../../model/profile.ts'
import type { SelfReportReading } from '../../../model/readings.ts'
import { mean, meanIgnoringNulls } from '../../statistics/summaries.ts'

const summed = ['decisionCount', 'sourcesQueried', 'signalsGenerated', 'apiCallsUsed'] as const
const averaged = ['avgConfidence', 'successRate', 'avgResponseTime', 'cacheHitRate'] as const

/** Combines the reports of an agent's instances: counts are added, rates and times averaged, also those of each operation (C6). */
export function combineSelfReports(reports: readonly SelfReportReading[]): SelfReportMetrics | null {
  if (reports.length === 0) return null
  const combined: SelfReportMetrics = {}
  for (const metric of summed) {
    const counts = reports.map((report) => report[metric]).filter((count) => count !== null)
    if (counts.length > 0) combined[metric] = counts.reduce((sum, count) => sum + count, 0)
  }
  for (const metric of averaged) {
    const value = meanIgnoringNulls(reports.map((report) => report[metric]))
    if (value !== null) combined[metric] = value
  }
  const times = Map.groupBy(
    reports.flatMap(({ operationTimes }) => Object.entries(operationTimes ?? {})),
    ([operation]) => operation,
  )
  if (times.size > 0)
    combined.operationTimes = Object.fromEntries([...times].map(([name, entries]) => [name, mean(entries.map(([, ms]) => ms))]))
  return combined
}

/** The mean, over an agent's instances, of each declared metric that they send by themselves. */
export function combineReportedMetrics(reports: readonly SelfReportReading[]): MetricValues {
  const entries = reports.flatMap(({ metrics }) => Object.entries(metrics ?? {}))
  const byName = Map.groupBy(entries, ([name]) => name)
  return Object.fromEntries([...byName].map(([name, values]) => [name, mean(values.map(([, value]) => value))]))
}

/**
 * The useful share of an agent's effort, 0–1 (C2 leaves it open): the mean of its cache hit rate and of its signals per API call (at
 * most 1), as far as it reports them.
 */
export function computeResourceEfficiency(report: SelfReportMetrics | null): number | null {
  const { cacheHitRate, signalsGenerated, apiCallsUsed } = report ?? {}
  const signalsPerCall = apiCallsUsed && signalsGenerated !== undefined ? Math.min(1, signalsGenerated / apiCallsUsed) : null
  return meanIgnoringNulls([cacheHitRate ?? null, signalsPerCall])
}
