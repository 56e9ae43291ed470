/** Formats that only the pages need: times in the reader's time zone, ages, and signed values in lists. The rest is in `src/model/format.ts`. */
import { formatDuration, formatSignedImprovement, type MetricFormat } from '../src/model/format.ts'
import type { ChangeUnit } from '../src/model/metric.ts'

export interface ShownMetric extends MetricFormat {
  label: string
  unit: string
}

/** The effect on a metric as the metric itself, whose name it has under another key. */
export const toMetric = <Effect extends { metric: string }>(effect: Effect) => ({ ...effect, name: effect.metric })

/** "+4.1% to +20.2%" */
export const formatSignedInterval = (metric: Pick<ShownMetric, 'kind'>, interval: [number, number] | null | undefined) =>
  interval ? `${formatSignedImprovement(metric, interval[0])} to ${formatSignedImprovement(metric, interval[1])}` : ''

/** "+12.3%", "+4.0 points", or "+8.1 (% and points)" for a mean of improvements in both units. */
export function formatSignedMean(mean: number | null, unit: ChangeUnit | null): string {
  const inUnit = formatSignedImprovement({ kind: unit === 'points' ? 'proportion' : 'continuous' }, mean)
  return unit === null ? inUnit.replace('%', ' (% and points)') : inUnit
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const dayAndTime = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** The time of today, or the day and the time. */
export function formatTime(time: string | number): string {
  const date = new Date(time)
  return date.toDateString() === new Date().toDateString() ? clockTime.format(date) : dayAndTime.format(date)
}
export const formatFullTime = (time: string | number) => full.format(new Date(time))

/** "3 min ago", "in 2 h" */
export function formatAge(time: string | number, now: number): string {
  const ms = now - new Date(time).getTime()
  if (Math.abs(ms) < 1_500) return 'now'
  return ms > 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`
}

/** "agent_response_time" as "agent response time" */
export const toWords = (name: string) => name.replaceAll('_', ' ')

/** Why nothing is tried on an agent; a trial is linked elsewhere, so that its id would say nothing. */
export const describeReason = ({ reason, trialId }: { reason: string; trialId?: string | undefined }) =>
  withLocalTimes(trialId ? reason.replace(trialId, 'a trial') : reason)

/** The times in a sentence of the optimizer, which are in UTC, in the reader's zone. */
export const withLocalTimes = (sentence: string) =>
  sentence.replace(/(?<![\w-])\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z\b/g, (time) => formatTime(time))
