import type { AnomalyView } from '../reading/anomalies.ts'
import { formatTime } from './format-time.ts'

/** Anomalies for the terminal, each with its explanation. */
export function formatAnomalies(anomalies: readonly AnomalyView[]): string {
  if (anomalies.length === 0) return 'There are no anomalies.'
  return anomalies.map(formatAnomaly).join('\n')
}

function formatAnomaly({ id, severity, type, isWorse, explanation, endedAt, dismissedBy, dismissal }: AnomalyView): string {
  const state = dismissedBy
    ? ` Dismissed by ${dismissedBy}${dismissal ? `: ${dismissal}` : ''}.`
    : endedAt
      ? ` It ended at ${formatTime(endedAt)}.`
      : ''
  return `${id}  ${isWorse ? `${severity} ${type}` : 'to the better'}  ${explanation}${state}`
}
