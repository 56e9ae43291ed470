import type { HttpHeaders } from '../model/http-headers.ts'
import { type AlertNotice, postJson, type Sink } from './sink.ts'

/** Alertmanager considers an alert resolved that it has not heard of for so long. */
const validMs = 300_000

/**
 * Alertmanager's API v2. It expects open alerts again and again, and identifies them by their labels, so one whose severity has changed ends
 * and another begins.
 */
export const createAlertmanagerSink = (name: string, { url, headers }: { url: string; headers?: HttpHeaders }): Sink => ({
  name,
  repeatMs: 60_000,
  async send(notices, known) {
    const alerts = notices.flatMap((notice) => {
      const { id, state, resolvedAt } = notice
      const before = known.get(id)
      const ends = before !== undefined && before !== state && before !== 'resolved'
      return [
        ...(ends ? [toAlert(notice, before, resolvedAt ?? new Date())] : []),
        ...(state === 'resolved' ? [] : [toAlert(notice, state, new Date(Date.now() + validMs))]),
      ]
    })
    if (alerts.length > 0) await postJson(`${url.replace(/\/+$/, '')}/api/v2/alerts`, JSON.stringify(alerts), headers)
  },
})

function toAlert(notice: AlertNotice, severity: string, endsAt: Date) {
  const { id, cause, component, metric, subject, agentId, host, trialId, message, raisedAt } = notice
  const labels = { alertname: metric ?? cause, cause, component, severity, metric, subject, agent: agentId, host, trial: trialId }
  return {
    // To Alertmanager, an empty label is a missing one.
    labels: Object.fromEntries(Object.entries(labels).filter(([, value]) => value)),
    annotations: { summary: message, alert_id: String(id) },
    startsAt: raisedAt.toISOString(),
    endsAt: endsAt.toISOString(),
  }
}
