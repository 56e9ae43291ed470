import { z } from 'zod'
import { learningPoints } from '../analysis/anomalies/index.ts'
import { formatDuration, formatTimestamp } from '../model/format.ts'
import { countAnomalySeries, findLatestWatchTime } from '../store/anomaly-series.ts'
import type { StoredContext } from './context.ts'

/** What anomalies are looked for in: where nothing was looked at, none is found. */
export const anomalyCoverageSchema = z.object({
  enabled: z.boolean().describe('Whether anomaly detection is enabled'),
  series: z.int().describe('Number of series that are watched'),
  learning: z.int().describe('Number of watched series that still have too few values'),
  watchedUntil: z.date().nullable().describe('Time of the latest value of any series; null if none is watched'),
  description: z.string().describe('The coverage in words'),
})
export type AnomalyCoverage = z.infer<typeof anomalyCoverageSchema>

/** It is saved every ten minutes; a state that is older was saved by an optimizer that has stopped. */
const staleMs = 30 * 60_000

/**
 * What anomalies are looked for in, as last saved.
 * @param component only its series
 */
export async function readAnomalyCoverage(
  { db, config }: StoredContext,
  component?: string,
  now = Date.now(),
): Promise<AnomalyCoverage> {
  const { enabled, stepSeconds } = config.anomalies
  const [counted, savedUntil] = await Promise.all([countAnomalySeries(db, component), findLatestWatchTime(db)])
  // A component without work has no new values although it is watched; all of them have none once the optimizer has stopped.
  const isStale = savedUntil !== undefined && now - savedUntil.getTime() > staleMs
  return { enabled, ...counted, description: describeCoverage({ enabled, ...counted }, stepSeconds, isStale) }
}

function describeCoverage(
  { enabled, series, learning, watchedUntil }: Omit<AnomalyCoverage, 'description'>,
  stepSeconds: number,
  isStale: boolean,
): string {
  if (!enabled) return 'Anomaly detection is disabled (anomalies.enabled), so the optimizer does not look for anomalies.'
  if (series === 0 || !watchedUntil)
    return 'No metric series is recorded as watched for anomalies yet; the optimizer records them every ten minutes.'
  const watched = isStale
    ? `${series} metric series were watched for anomalies until ${formatTimestamp(watchedUntil)}`
    : `${series} metric series ${series === 1 ? 'is' : 'are'} watched for anomalies`
  if (learning === 0) return `${watched}.`
  const needed = `each needs ${learningPoints} values, which take at least ${formatDuration(1_000 * learningPoints * stepSeconds)}`
  return `${watched}; there are still too few values to find any in ${learning === series ? 'them' : `${learning} of them`} (${needed}).`
}

/** Whether anomalies may be missed, because not all series are known well enough. */
export const isIncomplete = ({ enabled, series, learning }: AnomalyCoverage) => !enabled || series === 0 || learning > 0
