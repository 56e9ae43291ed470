import type { Recommendation } from '../model/capacity.ts'
import {
  formatDuration,
  formatImpact,
  formatMetricValue,
  formatMs,
  formatRatio,
  formatTrend,
  formatTruncation,
} from '../model/format.ts'
import type { CurrentMetric } from '../model/metric-view.ts'
import type { RecordedBottleneck } from '../reading/bottlenecks.ts'
import type { Page } from '../reading/list-extent.ts'
import type { AgentMetrics } from '../reading/metrics.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The current metrics of the agents, for the terminal: a table for each. */
export function formatMetrics({ items, total }: { items: readonly AgentMetrics[]; total: number }): string {
  if (total === 0) return 'No agent has registered yet.'
  return [
    ...items.map(({ agentId, metrics, sends }) => [agentId, formatAgentMetrics(metrics), ...formatSends(sends)].join('\n')),
    ...(items.length < total ? [`${items.length} of ${total} agents, by name; --limit shows more.`] : []),
  ].join('\n\n')
}

function formatAgentMetrics(metrics: readonly CurrentMetric[]): string {
  if (metrics.length === 0) return 'Nothing has been reported yet.'
  return formatTable(
    ['metric', 'now', 'by instance', 'vs last hour', 'source', 'age'],
    metrics.map((metric) => [
      metric.label === metric.metric ? metric.metric : `${metric.label} (${metric.metric})`,
      [formatMetricValue(metric, metric.value), ...formatTarget(metric), ...formatQuantiles(metric)].join('\n'),
      metric.instances.map(({ instanceId, value }) => `${instanceId} ${formatMetricValue(metric, value)}`).join('\n'),
      formatTrend(metric, metric.trend),
      metric.samples === null ? metric.source : `${metric.source}, ${metric.samples} values`,
      formatDuration(metric.ageMs),
    ]),
  )
}

/** A table of the messages to each receiver; nothing if there are none. */
function formatSends(sends: AgentMetrics['sends']): string[] {
  if (sends.length === 0) return []
  const rows = sends.map(({ to, messages, failed, deliveredRatio, latencyMs, negotiations, agreed }) => [
    to,
    messages,
    failed,
    formatRatio(deliveredRatio),
    latencyMs === null ? '–' : formatMs(latencyMs),
    negotiations === 0 ? '–' : `${agreed} of ${negotiations}`,
  ])
  return [formatTable(['messages to', 'in 10 minutes', 'not delivered', 'share delivered', 'latency', 'agreed'], rows)]
}

/** "target: at least 70%, missed" */
function formatTarget({ target, ...metric }: CurrentMetric): string[] {
  if (!target) return []
  const side = metric.direction === 'lower' ? 'at most' : 'at least'
  return [`target: ${side} ${formatMetricValue(metric, target.value)}${target.isMet ? '' : ', missed'}`]
}

function formatQuantiles(metric: CurrentMetric): string[] {
  if (!metric.quantiles || metric.quantiles.p99 === metric.quantiles.p50) return []
  return Object.entries(metric.quantiles).map(([name, value]) => `${name} ${formatMetricValue(metric, value)}`)
}

/** The history of bottlenecks and the recommendations of the latest cycle, for the terminal. */
export function formatBottlenecks({
  bottlenecks: { items, total },
  recommendations,
  isFiltered = false,
}: {
  bottlenecks: Page<RecordedBottleneck>
  recommendations: readonly Recommendation[]
  isFiltered?: boolean
}): string {
  const rows = items.map(({ detectedAt, severity, description, ...bottleneck }) => [
    formatTime(detectedAt),
    severity,
    description,
    formatImpact(bottleneck),
  ])
  return [
    rows.length === 0
      ? isFiltered
        ? 'No bottlenecks match.'
        : 'No cycle has found a bottleneck.'
      : formatTable(['found', 'severity', 'bottleneck', 'impact'], rows),
    ...formatTruncation(items.length, total, 'bottleneck'),
    ...recommendations.map(({ text }) => `Recommended: ${text}`),
  ].join('\n')
}
