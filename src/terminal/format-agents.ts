import { formatMetricValue, formatTrend } from '../model/format.ts'
import type { Fleet } from '../reading/fleet.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** Every agent in a line, for the terminal. */
export function formatAgents({ agents, metrics, total }: Fleet & { total: number }): string {
  if (total === 0) return 'No agent has registered yet.'
  const rows = agents.map(({ agentId, kind, live, heardAt, metric: name, value, trend, severity, trialId, waiting }) => {
    const metric = metrics.find((each) => each.name === name)
    return [
      agentId,
      kind === agentId ? '' : kind,
      live > 0 ? live : heardAt ? `last seen ${formatTime(heardAt)}` : 'never seen',
      metric && value !== null
        ? `${metric.label} ${formatMetricValue(metric, value)}${trend === null ? '' : ` (${formatTrend(metric, trend)} vs last hour)`}`
        : metric
          ? `${metric.label} (no value yet)`
          : '?',
      [severity ?? '', trialId ?? '', waiting ? 'waiting for approval' : ''].filter(Boolean).join('\n'),
    ]
  })
  const table = formatTable(['agent', 'kind', 'live', 'optimized for', 'worst bottleneck, trial'], rows)
  return agents.length < total ? `${table}\n${agents.length} of ${total} agents.` : table
}
