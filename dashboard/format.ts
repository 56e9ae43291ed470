/** Figures, times and settings for the reader; times are in the reader's zone. */
import type { ImpactUnit } from '../src/model/bottleneck.ts'
import type { KnobValue } from '../src/model/knob.ts'
import type { ChangeUnit } from '../src/model/metric.ts'

export interface ShownMetric {
  name: string
  label: string
  unit: string
  kind: 'continuous' | 'proportion' | 'count'
  direction: 'lower' | 'higher'
}

const figure = (value: number, digits = 3) =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(digits)))

/** "412 ms", "1.24 s", "93.1%", "0.0031 USD"; a dash if unknown. */
export function formatValue({ kind, unit }: Pick<ShownMetric, 'kind' | 'unit'>, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (kind === 'proportion') return `${figure(100 * value)}%`
  if (unit === 'ms') return formatMs(value)
  return unit === '' ? figure(value) : unit.startsWith('/') ? `${figure(value)}${unit}` : `${figure(value)} ${unit}`
}

export const formatMs = (ms: number) =>
  ms >= 60_000 ? formatDuration(ms) : ms >= 1_000 ? `${figure(ms / 1_000)} s` : `${figure(ms)} ms`

/** "12 s", "5 min", "3 h", "2 d" */
export function formatDuration(ms: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ]
  const [name, size] = units.find(([, size]) => ms >= size) ?? ['s', 1_000]
  return `${Math.round(ms / size)} ${name}`
}

/** "+12.3%", "−2.1 points": positive is better. */
export function formatImprovement(
  { kind }: Pick<ShownMetric, 'kind'>,
  improvement: number | null | undefined,
  digits = 1,
): string {
  if (improvement === null || improvement === undefined) return 'not measured'
  const size = Math.abs(improvement).toFixed(digits)
  const sign = Number(size) === 0 ? '' : improvement > 0 ? '+' : '−'
  return `${sign}${size}${kind === 'proportion' ? ' points' : '%'}`
}

/** "12.3% faster", "2.1 points lower" */
export function describeImprovement(
  metric: Pick<ShownMetric, 'unit' | 'kind' | 'direction'>,
  improvement: number | null | undefined,
): string {
  if (improvement === null || improvement === undefined) return 'not measured yet'
  const size = Math.abs(improvement).toFixed(1)
  if (Number(size) === 0) return 'unchanged'
  const unit = metric.kind === 'proportion' ? ' points' : '%'
  const isTime = metric.unit === 'ms'
  if (isTime) return `${size}${unit} ${improvement > 0 ? 'faster' : 'slower'}`
  return `${size}${unit} ${improvement > 0 === (metric.direction === 'higher') ? 'higher' : 'lower'}`
}

/** "4.1 to 20.2% lower", "2.0% higher to 5.1% lower" */
export function describeInterval(
  metric: Pick<ShownMetric, 'unit' | 'kind' | 'direction'>,
  interval: [number, number] | null | undefined,
): string {
  if (!interval) return ''
  const [small, large] = interval.toSorted((a, b) => Math.abs(a) - Math.abs(b)) as [number, number]
  return small > 0 === large > 0 && Math.abs(small) >= 0.05
    ? `${Math.abs(small).toFixed(1)} to ${describeImprovement(metric, large)}`
    : `${describeImprovement(metric, interval[0])} to ${describeImprovement(metric, interval[1])}`
}

/** "+4.1% to +20.2%" */
export const formatInterval = (metric: Pick<ShownMetric, 'kind'>, interval: [number, number] | null | undefined) =>
  interval ? `${formatImprovement(metric, interval[0])} to ${formatImprovement(metric, interval[1])}` : ''

/** "+12.3%", "+4.0 points", or "+8.1 (% and points)" for a mean of improvements in both units. */
export function formatMeanImprovement(mean: number | null, unit: ChangeUnit | null): string {
  if (mean === null || unit !== null) return formatImprovement({ kind: unit === 'points' ? 'proportion' : 'continuous' }, mean)
  return formatImprovement({ kind: 'continuous' }, mean).replace('%', ' (% and points)')
}

/** "25.0%", "5.0 points", or the number alone if its unit is not known. */
export const formatImpact = ({ impact, impactUnit }: { impact: number; impactUnit?: ImpactUnit | undefined }): string =>
  `${impact.toFixed(1)}${impactUnit === 'percent' ? '%' : impactUnit === 'points' ? ' points' : ''}`

/** "600", "600 ms", "fast": a value of a knob, a number with its unit if there is one. */
export function formatKnob(value: KnobValue | undefined, unit?: string): string {
  if (value === undefined) return 'unset'
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value !== 'number') return String(value)
  const number = String(Number(value.toPrecision(6)))
  return unit ? `${number} ${unit}` : number
}

export interface ShownChange {
  knob: string
  from: KnobValue
  to: KnobValue
  unit?: string | undefined
}

/** "cacheTtlMs 0 → 600 ms" */
export const formatChange = ({ knob, from, to, unit }: ShownChange) => `${knob} ${formatKnob(from)} → ${formatKnob(to, unit)}`

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
export const plural = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** Why nothing is tried on an agent; a trial is linked elsewhere, so that its id would say nothing. */
export const describeReason = ({ reason, trialId }: { reason: string; trialId?: string | undefined }) =>
  withLocalTimes(trialId ? reason.replace(trialId, 'a trial') : reason)

/** The times in a sentence of the optimizer, which are in UTC, in the reader's zone. */
export const withLocalTimes = (sentence: string) =>
  sentence.replace(/(?<![\w-])\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z\b/g, (time) => formatTime(time))
