/** The plots of a report as SVG elements, which the styles of the page colour. */
import { type Severity, severitySchema } from '../model/bottleneck.ts'
import { formatImprovement, formatTimestamp } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { PeriodReport } from '../reading/period-report-schema.ts'
import { escapeHtml } from './escape-html.ts'

const width = 720
/** Rows of the plot of gains; the table beside it has all. */
const maxRows = 20

/** Bottlenecks by time, stacked by severity; undefined without any. */
export function plotBottlenecks({ from, to, bottlenecks: { byTime, stepMs } }: PeriodReport): string | undefined {
  if (byTime.length === 0) return undefined
  const [left, bottom, top, height] = [36, 180, 10, 226]
  const totals = byTime.map((step) => severitySchema.options.reduce((sum, severity) => sum + step[severity], 0))
  const most = Math.max(...totals)
  const begin = Math.floor(from.getTime() / stepMs) * stepMs
  const x = (time: number) => left + ((width - left - 10) * (time - begin)) / Math.max(stepMs, to.getTime() - begin)
  const y = (count: number) => bottom - ((bottom - top) * count) / most
  const bars = byTime.flatMap((step) => {
    let below = 0
    const [start, end] = [x(step.at.getTime()), x(step.at.getTime() + stepMs)]
    return stacked.flatMap((severity) => {
      const count = step[severity]
      if (count === 0) return []
      const title = `${formatTimestamp(step.at)}: ${count} ${severity}`
      const bar = `<rect class="${severity}" x="${fix(start)}" y="${fix(y(below + count))}" width="${fix(Math.max(1, end - start - 1))}" height="${fix(y(below) - y(below + count))}"><title>${title}</title></rect>`
      below += count
      return [bar]
    })
  })
  const keys = stacked.map(
    (severity, index) =>
      `<rect class="${severity}" x="${left + 90 * index}" y="${height - 16}" width="10" height="10"/><text x="${left + 90 * index + 14}" y="${height - 6}">${severity}</text>`,
  )
  return svg(height, 'Bottlenecks by time and severity', [
    ...axis(
      [0, most].map((count) => ({ at: y(count), text: String(count) })),
      left,
    ),
    ...bars,
    `<text x="${left}" y="${bottom + 16}">${formatTimestamp(from)}</text>`,
    `<text x="${width - 10}" y="${bottom + 16}" text-anchor="end">${formatTimestamp(to)}</text>`,
    ...keys,
  ])
}

/** From the bottom up. */
const stacked: readonly Severity[] = ['critical', 'high', 'medium', 'low']

/** The gains and losses by metric, with intervals; undefined if there are none. */
export function plotGains({ gains, declared }: PeriodReport): string | undefined {
  const rows = gains.filter(({ effect }) => effect !== 'unclear').slice(0, maxRows)
  if (rows.length === 0) return undefined
  const [left, rowHeight] = [250, 20]
  const ends = rows.flatMap(({ improvement, interval }) => [improvement, ...(interval ?? [])])
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const x = (value: number) => left + ((width - left - 20) * (value - low)) / (high - low || 1)
  const height = rowHeight * rows.length + 30
  const lines = rows.map(({ agentId, metric, label, improvement, interval, effect }, index) => {
    const y = rowHeight * index + 15
    const [from, to] = interval ?? [improvement, improvement]
    const text = formatImprovement(getRecordedMetric({ declared }, metric), improvement, interval)
    return `<g class="${effect}"><title>${escapeHtml(`${label} of ${agentId}: ${text}`)}</title><text x="${left - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(cut(`${agentId}, ${label}`))}</text><line x1="${fix(x(from))}" x2="${fix(x(to))}" y1="${y}" y2="${y}"/><circle cx="${fix(x(improvement))}" cy="${y}" r="4"/></g>`
  })
  return svg(height, 'Gains and losses by metric, in percent or points', [
    `<line class="axis" x1="${fix(x(0))}" x2="${fix(x(0))}" y1="0" y2="${height - 20}"/>`,
    ...[low, 0, high].map(
      (value) => `<text x="${fix(x(value))}" y="${height - 5}" text-anchor="middle">${Math.round(value)}</text>`,
    ),
    ...lines,
  ])
}

/** Predicted (horizontal) and measured (vertical) improvements, and the line where both are equal; undefined without a trial. */
export function plotCalibration({ calibration: { trials } }: PeriodReport): string | undefined {
  if (trials.length === 0) return undefined
  const [left, top, bottom, right, height] = [50, 10, 270, 310, 300]
  const values = trials.flatMap(({ predicted, measured }) => [predicted, measured])
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)]
  const x = (value: number) => left + ((right - left) * (value - low)) / (high - low)
  const y = (value: number) => bottom - ((bottom - top) * (value - low)) / (high - low)
  const points = trials.map(({ trialId, predicted, interval, measured }) => {
    const held = measured >= interval[0] && measured <= interval[1]
    const title = `${trialId}: predicted ${predicted}, measured ${measured}`
    return `<circle class="${held ? 'held' : 'missed'}" cx="${fix(x(predicted))}" cy="${fix(y(measured))}" r="4"><title>${escapeHtml(title)}</title></circle>`
  })
  return svg(height, 'Predicted and measured improvements, in percent or points', [
    `<line class="axis" x1="${fix(x(low))}" y1="${fix(y(low))}" x2="${fix(x(high))}" y2="${fix(y(high))}"/>`,
    ...axis(
      [low, high].map((value) => ({ at: y(value), text: String(Math.round(value)) })),
      left,
    ),
    `<text x="${right}" y="${height - 8}" text-anchor="end">predicted</text><text x="${left + 4}" y="${top + 8}">measured</text>`,
    ...points,
    `<circle class="held" cx="350" cy="20" r="4"/><text x="360" y="24">within its 80% interval</text>`,
    `<circle class="missed" cx="350" cy="40" r="4"/><text x="360" y="44">outside</text>`,
  ])
}

const axis = (marks: { at: number; text: string }[], left: number) =>
  marks.map(
    ({ at, text }) =>
      `<text x="${left - 6}" y="${fix(at + 4)}" text-anchor="end">${text}</text><line class="axis" x1="${left}" x2="${left + 4}" y1="${fix(at)}" y2="${fix(at)}"/>`,
  )

const svg = (height: number, label: string, parts: readonly string[]) =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join('')}</svg>`

const fix = (value: number) => Number(value.toFixed(1))
const longest = 38
const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)
