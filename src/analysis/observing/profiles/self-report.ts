import type { SelfReportMetrics } from '../../../model/profile.ts'
import type { SelfReportReading } from '../../../model/readings.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'

const summed = ['sourcesQueried', 'signalsGenerated', 'apiCallsUsed'] as const
const averaged = ['avgConfidence', 'successRate', 'avgResponseTime', 'cacheHitRate'] as const

/** The reports of an agent's instances as one: counts add up, rates and times are averaged (C6). */
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
  return combined
}

/**
 * The share of an agent's effort that was of use (C2 leaves it open), 0–1: the mean of what it need not fetch again
 * (cache hit rate) and of what its API calls bring (signals per call, at most 1), as far as it reports them.
 */
export function computeResourceEfficiency(report: SelfReportMetrics | null): number | null {
  const { cacheHitRate, signalsGenerated, apiCallsUsed } = report ?? {}
  const signalsPerCall = apiCallsUsed && signalsGenerated !== undefined ? Math.min(1, signalsGenerated / apiCallsUsed) : null
  return meanIgnoringNulls([cacheHitRate ?? null, signalsPerCall])
}
