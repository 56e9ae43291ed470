import { z } from 'zod'
import { learningPoints } from '../analysis/anomalies/index.ts'
import { formatDuration, formatTimestamp } from '../model/format.ts'
import { countAnomalySeries, findLatestWatchTime } from '../store/anomaly-series.ts'
import { countJudgedSeries, type JudgedSeries } from '../store/judged-series.ts'
import type { Period } from '../store/period.ts'
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
  if (!enabled) return disabled
  if (series === 0 || !watchedUntil) return unknown
  const watched = isStale
    ? `${series} metric series were watched for anomalies until ${formatTimestamp(watchedUntil)}`
    : `${series} metric series ${series === 1 ? 'is' : 'are'} watched for anomalies`
  if (learning === 0) return `${watched}.`
  return `${watched}; there are still too few values to find any in ${learning === series ? 'them' : `${learning} of them`} (${describeNeed(stepSeconds)}).`
}

const disabled = 'Anomaly detection is disabled (anomalies.enabled), so the optimizer does not look for anomalies.'
const unknown = 'No metric series is recorded as watched for anomalies yet; the optimizer records them every ten minutes.'

const getLearningMs = (stepSeconds: number) => 1_000 * learningPoints * stepSeconds
const describeNeed = (stepSeconds: number) =>
  `each needs ${learningPoints} values, which take at least ${formatDuration(getLearningMs(stepSeconds))}`

/** How many metric series anomaly detection covered during a period. */
export const judgedSeriesSchema = z.object({
  enabled: z.boolean().describe('Whether anomaly detection is enabled'),
  series: z.int().describe('Number of metric series that are watched'),
  judged: z.int().describe('Number of series in which an anomaly could be detected during at least a part of the period'),
  partly: z
    .int()
    .describe(
      'Number of these series in which no anomaly could be detected at the start of the period, because their agent was new',
    ),
  description: z.string().describe('The coverage in words'),
})

/** How many metric series anomaly detection covered during a period. @param component only its series */
export async function readJudgedSeries(
  { db, config }: StoredContext,
  period: Period,
  component?: string,
): Promise<z.infer<typeof judgedSeriesSchema>> {
  const { enabled, stepSeconds } = config.anomalies
  const counted = await countJudgedSeries(db, period, {
    component,
    learningMs: getLearningMs(stepSeconds),
    savedWithinMs: staleMs,
  })
  return { enabled, ...counted, description: enabled ? describeJudged(counted, stepSeconds) : disabled }
}

function describeJudged({ series, judged, partly }: JudgedSeries, stepSeconds: number): string {
  const need = describeNeed(stepSeconds)
  if (series === 0) return unknown
  const why = `they had no values in this period, or too few before it (${need})`
  if (judged === 0) return `No anomaly could be detected in the ${series} metric series: ${why}.`
  if (judged < series) {
    const part = partly === 0 ? '' : ` In ${partly} of the others, detection covered only a part of this period.`
    return `In ${series - judged} of ${series} metric series, no anomaly could be detected: ${why}.${part}`
  }
  if (partly > 0) return `In ${partly} of ${series} metric series, detection covered only a part of this period (${need}).`
  return `Detection covered ${series === 1 ? 'the only metric series' : `all ${series} metric series`}.`
}

/** Whether anomalies may be missed, because not all series are known well enough. */
export const isCoverageIncomplete = ({ enabled, series, learning }: AnomalyCoverage) => !enabled || series === 0 || learning > 0
