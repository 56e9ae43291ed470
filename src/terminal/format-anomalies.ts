import { describeCountermeasures, formatTruncation } from '../model/format.ts'
import type { AnomalyView } from '../reading/anomalies.ts'
import type { Page } from '../reading/list-extent.ts'
import { formatTime } from './format-time.ts'

/** Anomalies for the terminal, each with its explanation and what was done. */
export function formatAnomalies({ items, total }: Page<AnomalyView>): string {
  if (total === 0) return 'There are no anomalies.'
  return [...items.map(formatAnomaly), ...formatTruncation(items.length, total, 'anomaly')].join('\n')
}

function formatAnomaly({ id, severity, type, isWorse, explanation, done, endedAt, dismissedBy, dismissal }: AnomalyView): string {
  const state = dismissedBy
    ? ` Dismissed by ${dismissedBy}${dismissal ? `: ${dismissal}` : ''}.`
    : endedAt
      ? ` It ended at ${formatTime(endedAt)}.`
      : ''
  const measures = done ? ` ${describeCountermeasures(done).join(' ')}` : ''
  return `${id}  ${isWorse ? `${severity} ${type}` : 'improvement'}  ${explanation}${state}${measures}`
}
