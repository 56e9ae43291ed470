import { formatTimestamp } from '../model/format.ts'
import type { AlertView } from '../reading/alerts.ts'

/** Alerts with the same cause together, for the terminal. */
export function formatAlerts(alerts: readonly AlertView[]): string {
  if (alerts.length === 0) return 'There are no alerts.'
  const groups = Map.groupBy(alerts, ({ cause, metric }) => (metric ? `${cause}: ${metric}` : cause))
  return [...groups].flatMap(([title, group]) => [title, ...group.map(formatAlert)]).join('\n')
}

function formatAlert({
  id,
  severity,
  message,
  raisedAt,
  resolvedAt,
  acknowledgedAt,
  acknowledgedBy,
  acknowledgement,
}: AlertView): string {
  const since = resolvedAt
    ? `from ${formatTimestamp(raisedAt)} to ${formatTimestamp(resolvedAt)}`
    : `since ${formatTimestamp(raisedAt)}`
  const seen = acknowledgedAt ? `, acknowledged by ${acknowledgedBy}${acknowledgement ? `: ${acknowledgement}` : ''}` : ''
  return `  ${id}  ${severity}  ${message}  (${since}${seen})`
}
