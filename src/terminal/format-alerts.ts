import { formatTruncation } from '../model/format.ts'
import type { AlertView } from '../reading/alerts.ts'
import { formatTime } from './format-time.ts'

/** Alerts grouped by cause, for the terminal. @param total the number of all alerts, if only some are shown */
export function formatAlerts(alerts: readonly AlertView[], total = alerts.length): string {
  if (alerts.length === 0) return 'There are no alerts.'
  const groups = Map.groupBy(alerts, ({ cause, metric }) => (metric ? `${cause}: ${metric}` : cause))
  const lines = [...groups].flatMap(([title, group]) => [title, ...group.map(formatAlert)])
  return [...lines, ...formatTruncation(alerts.length, total, 'alert')].join('\n')
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
  const since = resolvedAt ? `from ${formatTime(raisedAt)} to ${formatTime(resolvedAt)}` : `since ${formatTime(raisedAt)}`
  const seen = acknowledgedAt ? `, acknowledged by ${acknowledgedBy}${acknowledgement ? `: ${acknowledgement}` : ''}` : ''
  return `  ${id}  ${severity}  ${message}  (${since}${seen})`
}
