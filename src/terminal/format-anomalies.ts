import { describeCountermeasures, formatTruncation } from '../model/format.ts'
import type { AnomalyView } from '../reading/anomalies.ts'
import type { AnomalyCoverage } from '../reading/anomaly-coverage.ts'
import type { Page } from '../reading/list-extent.ts'
import { formatTime } from './format-time.ts'

/** Anomalies for the terminal, each with its explanation and what was done; then what they are looked for in. */
export function formatAnomalies(
  { items, total }: Page<AnomalyView>,
  { description }: Pick<AnomalyCoverage, 'description'>,
): string {
  if (total === 0) return `There are no anomalies. ${description}`
  return [...items.map(formatAnomaly), ...formatTruncation(items.length, total, 'anomaly'), description].join('\n')
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
