/** Formats figures, times, changes and commands for people, in the terminal and on the pages. */
import type { Bottleneck } from './bottleneck.ts'
import type { Countermeasures } from './countermeasures.ts'
import type { KnobChange } from './finished-trial.ts'
import { getImpactUnit } from './impact-unit.ts'
import type { KnobValue } from './knob.ts'
import type { ChangeUnit, Metric, MetricDeclaration } from './metric.ts'
import type { RestoreOutcome } from './restore-outcome.ts'
import type { Strategy } from './strategy.ts'
import type { Progress } from './trial.ts'
import { weightedSumName } from './weighted-sum-name.ts'

/** The part of a metric that the format of its changes depends on. */
export type MetricFormat = Pick<Metric, 'name' | 'kind' | 'direction'>
type Scale = Pick<Metric, 'kind'> & Partial<Pick<Metric, 'direction'>>

/** ISO 8601 in UTC, to the second. */
export const formatTimestamp = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')

/**
 * "23.4% faster (12.1 to 33.0% faster)", "2.0 points lower (5.0 points lower to 1.0 points higher)": percent for a quantity, points for a
 * rate or score. Words give the direction, never a sign.
 */
export function formatImprovement(
  metric: MetricFormat,
  improvement: number | null,
  interval: [number, number] | null = null,
): string {
  if (improvement === null) return 'not measured'
  return `${formatEffect(metric, improvement)}${interval ? ` (${formatInterval(metric, interval)})` : ''}`
}

function formatEffect(metric: MetricFormat, improvement: number): string {
  const [size, direction] = [formatSize(metric, improvement), formatDirection(metric, improvement)]
  return direction === null ? 'unchanged' : `${size}${unitOf(metric)} ${direction}`
}

const formatSize = (metric: Scale, improvement: number, digits = 1) =>
  Math.abs(capAtPossible(metric, improvement)).toFixed(digits)
const unitOf = ({ kind }: Pick<Metric, 'kind'>) => (kind === 'proportion' ? ' points' : '%')

/** Whether an improvement is shown as `unchanged`. */
export const roundsToZero = (improvement: number) => Number(improvement.toFixed(1)) === 0

/** "faster" and "slower" are used only for the response time. */
const saysItsMetric = ({ name }: MetricFormat, improvement: number) => name === 'responseTime' && !roundsToZero(improvement)

/** Null if it rounds to no change. */
function formatDirection({ name, direction }: MetricFormat, improvement: number): string | null {
  if (roundsToZero(improvement)) return null
  if (name === 'responseTime') return improvement > 0 ? 'faster' : 'slower'
  if (name === weightedSumName) return improvement > 0 ? 'better' : 'worse'
  return improvement > 0 === (direction === 'higher') ? 'higher' : 'lower'
}

/** An improvement with the name of its metric: "23.4% faster (12.1 to 33.0% faster)", "success rate 2.0 points lower". */
export function describeImprovement(metric: Metric, improvement: number | null, interval: [number, number] | null): string {
  const formatted = formatImprovement(metric, improvement, interval)
  const figures = improvement === null ? [] : [improvement, ...(interval ?? [])]
  return figures.some((figure) => saysItsMetric(metric, figure)) ? formatted : `${metric.label} ${formatted}`
}

/** "12.1 to 33.0% faster" or "slower", the smaller first; "1.0% slower to 5.0% faster"; or with another conjunction. */
export function formatInterval(metric: MetricFormat, [low, high]: [number, number], conjunction = 'to'): string {
  const [from, to] = [formatDirection(metric, low), formatDirection(metric, high)]
  const [smaller, larger] = Math.abs(low) <= Math.abs(high) ? [low, high] : [high, low]
  return from !== null && from === to
    ? `${formatSize(metric, smaller)} ${conjunction} ${formatEffect(metric, larger)}`
    : `${formatEffect(metric, low)} ${conjunction} ${formatEffect(metric, high)}`
}

/** "+12.3%", "−2.1 points": an improvement in a list whose header names the metric; positive is better. */
export function formatSignedImprovement(metric: Scale, improvement: number | null | undefined, digits = 1): string {
  if (improvement === null || improvement === undefined) return 'not measured'
  return withSign(improvement, formatSize(metric, improvement, digits), unitOf(metric))
}

const withSign = (value: number, size: string, unit: string) => `${Number(size) === 0 ? '' : value > 0 ? '+' : '−'}${size}${unit}`

/** "−12.0% (better)", "+2.0 points (better)", "unchanged": a change of a metric against its past; "?" if unknown. */
export function formatTrend(metric: Pick<Metric, 'kind' | 'direction'>, trend: number | null): string {
  if (trend === null) return '?'
  const size = Math.abs(trend).toFixed(1)
  if (Number(size) === 0) return 'unchanged'
  const isBetter = trend > 0 === (metric.direction === 'higher')
  return `${withSign(trend, size, unitOf(metric))} (${isBetter ? 'better' : 'worse'})`
}

/** "25.0%", "5.0 points", or the number alone if its unit is not known. */
export function formatImpact(bottleneck: Pick<Bottleneck, 'type' | 'impact' | 'impactUnit'>): string {
  const unit = getImpactUnit(bottleneck)
  return `${bottleneck.impact.toFixed(1)}${unit === 'percent' ? '%' : unit === 'points' ? ' points' : ''}`
}

/** "12.3%", "4.0 points", or "8.1 (% and points)" for a mean of changes in both units. */
export const formatMeanChange = (mean: number, unit: ChangeUnit | null): string =>
  `${mean.toFixed(1)}${unit === 'percent' ? '%' : unit === 'points' ? ' points' : ' (% and points)'}`

/**
 * A time cannot fall by more than 100%, nor a rate or score rise by more than 100 points, whatever a model says. A quantity of which more
 * is better, such as the throughput, can rise by more.
 */
const capAtPossible = ({ kind, direction }: Scale, improvement: number) =>
  kind !== 'proportion' && direction === 'higher' ? improvement : Math.min(100, improvement)

/** "the response time" within a sentence; the name of a declared metric has no article: "toolCalls". */
export const formatLabelWithArticle = ({ name, label }: Pick<Metric, 'name' | 'label'>) =>
  label === name ? label : `the ${label}`

/** A ratio 0–1 as "74.3%", with at most three significant digits, or fewer; "?" if unknown. */
export const formatRatio = (ratio: number | null, digits = 3) =>
  ratio === null ? '?' : `${Number((ratio * 100).toPrecision(digits))}%`

/** "85–95%": a range of ratios 0–1. */
export const formatRatioRange = ([low, high]: readonly [number, number]) => `${Math.round(100 * low)}–${Math.round(100 * high)}%`

/** "4.25 ms", "16.3 ms", "2832 ms", "31.4 s"; "?" if unknown. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '?'
  return Math.round(ms) < 10_000 ? `${formatFigure(ms)} ms` : `${formatFigure(ms / 1_000)} s`
}

/** "2832 ms", "0.0031 USD", "74.3%", "12": a value of a metric in its unit; "?" if unknown. */
export function formatMetricValue({ kind, unit }: Pick<MetricDeclaration, 'kind' | 'unit'>, value: number | null): string {
  if (value === null) return '?'
  if (kind === 'proportion') return formatRatio(value)
  if (unit === 'ms') return formatMs(value)
  const figure = formatFigure(value)
  return unit === '' ? figure : unit.startsWith('/') || unit === '%' ? `${figure}${unit}` : `${figure} ${unit}`
}

/** "0.0031", "16.3", "2832": a measured number, whole from 1000 on, otherwise with three significant digits. */
export const formatFigure = (value: number) => String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)))

/** "$12.40", "-$0.0031", "1,240 EUR": an amount of a currency, by its code of ISO 4217. */
export function formatMoney(amount: number, currency: string): string {
  const size = Math.abs(amount)
  const figure =
    size >= 100 ? withSeparators(Math.round(size)) : size >= 0.1 || size === 0 ? size.toFixed(2) : size.toPrecision(2)
  const sign = amount < 0 ? '-' : ''
  return currency === 'USD' ? `${sign}$${figure}` : `${sign}${figure} ${currency}`
}

/** "12,345" */
const withSeparators = (whole: number) => String(whole).replace(/\B(?=(\d{3})+$)/g, ',')

/** "12 s", "5 min", "3 h", "2 d": a length of time to one unit. */
export function formatDuration(ms: number): string {
  const units: [name: string, ms: number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ]
  const [name, size] = units.find(([, size]) => ms >= size) ?? ['s', 1_000]
  return `${Math.round(ms / size)} ${name}`
}

/** "Monday 2026-11-30 08:00 UTC" */
export function formatDayAndTime(ms: number): string {
  const date = new Date(ms)
  const weekday = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
  return `${weekday} ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** "about 160 more executions; at the current rate, complete by Monday 2026-11-30 08:00 UTC" */
export function describeProgress({ decisions, until, suspendedUntil, goneSince }: Progress): string {
  const needed =
    decisions === 0 ? 'enough executions to judge it' : `about ${decisions} more execution${decisions === 1 ? '' : 's'}`
  const suspended = suspendedUntil === undefined ? '' : `; suspended by a freeze window until ${formatDayAndTime(suspendedUntil)}`
  const gone =
    goneSince === undefined ? '' : `; the instances to compare with have been gone since ${formatDayAndTime(goneSince)}`
  return `${needed}${until === null || decisions === 0 ? '' : `; at the current rate, complete by ${formatDayAndTime(until)}`}${suspended}${gone}`
}

/** "judged together with those on b and c", of a trial in a pool, as its only item. */
export function describePool({ agentId, pool }: Pick<Strategy, 'agentId' | 'pool'>): string[] {
  const others = pool?.members.filter((member) => member.agentId !== agentId).map((member) => member.agentId) ?? []
  return others.length > 0 ? [`judged together with ${joinWithAnd(others)}`] : []
}

/** "a, b and c" */
export function joinWithAnd(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** Capitalizes the first letter and adds a full stop. */
export const toSentence = (text: string) => addFullStop(text.charAt(0).toUpperCase() + text.slice(1))

/** Adds a full stop; for a sentence that starts with a name, which keeps its case. */
export const addFullStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

/** "600", "600 ms", "fast", "a > b", "unset": a value of a knob, a number with its unit if that is known. */
export function formatValue(value: KnobValue | undefined, unit?: string): string {
  if (value === undefined) return 'unset'
  if (typeof value !== 'number') return Array.isArray(value) ? value.join(' > ') : String(value)
  // Sums such as 0.1 + 0.2 are not shown with the noise of their last digits.
  const number = String(Number(value.toPrecision(12)))
  return unit ? `${number} ${unit}` : number
}

/** "cacheTtlMs from 0 to 600 ms and retries from 1 to 2", within a sentence. */
export const describeChanges = (changes: readonly KnobChange[]) =>
  joinWithAnd(changes.map(({ knob, from, to, unit }) => `${knob} from ${formatValue(from)} to ${formatValue(to, unit)}`))

/** "cacheTtlMs 0 → 600 ms", in a list or a table. */
export const formatChange = ({ knob, from, to, unit }: KnobChange) => `${knob} ${formatValue(from)} → ${formatValue(to, unit)}`

/** "cacheTtlMs 0 → 600 ms, retries 1 → 2", in a list or a table. */
export const formatChanges = (changes: readonly KnobChange[]) => changes.map(formatChange).join(', ')

/** "cacheTtlMs=600 order=a,b", as the command line takes it. */
export function formatAssignments(values: readonly { knob: string; value: KnobValue }[]): string {
  return values.map(({ knob, value }) => shellWord(`${knob}=${Array.isArray(value) ? value.join(',') : value}`)).join(' ')
}

const shellWord = (word: string) => (/^[\w=.,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** The measures that were taken against a degradation, in sentences. */
export const describeCountermeasures = ({ tried, more, nothingBecause }: Countermeasures): string[] =>
  nothingBecause === null
    ? [
        ...tried.map(({ text }) => toSentence(`tried in response: ${text}`)),
        ...(more > 0 ? [`${pluralize(more, 'earlier one')} not shown.`] : []),
      ]
    : [toSentence(`nothing was tried in response: ${nothingBecause}`)]

/** "1st", "2nd", "11th" */
export function formatOrdinal(rank: number): string {
  const last = rank % 100 >= 11 && rank % 100 <= 13 ? 0 : rank % 10
  return `${rank}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`
}

/** "3 trials", "1 trial" */
export const pluralize = (count: number, noun: string) =>
  `${count} ${count === 1 ? noun : `${noun.replace(/([^aeiou])y$/, '$1ie')}s`}`

/** "The newest 1000 of 1234 results.", in a list that is cut off; nothing if it is complete. */
export const formatTruncation = (shown: number, total: number, noun: string): string[] =>
  shown < total ? [`The newest ${shown} of ${pluralize(total, noun)}.`] : []

/** "3 of 5 (60%)" */
export const formatShare = (part: number, whole: number) => `${part} of ${whole} (${Math.round((100 * part) / whole)}%)`

const restoreOutcomes: Record<RestoreOutcome, string> = {
  done: 'Done and verified.',
  already: 'Already in force; nothing was changed.',
  nothing: 'The change was never applied; there was nothing to restore.',
  superseded: 'Only partly in force, because some settings have been changed since.',
  incomplete: 'Done and verified, except on the instances below.',
  'given-up': 'An operator ended the restore before every instance confirmed it.',
}
/** How a restore ended, as a sentence. */
export const describeRestoreOutcome = (outcome: RestoreOutcome): string => restoreOutcomes[outcome]
