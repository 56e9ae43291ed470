import { post, type Sink } from './sink.ts'

/** Alertmanager considers an alert resolved that it has not heard of for so long. */
const validMs = 300_000

/** Alertmanager's API v2. It expects open alerts again and again. */
export const createAlertmanagerSink = (name: string, { url }: { url: string }): Sink => ({
  name,
  repeatMs: 60_000,
  async send(notices) {
    const alerts = notices.map(({ id, state, cause, component, metric, message, raisedAt, resolvedAt }) => ({
      // Labels identify an alert, so they do not change while it lasts.
      labels: { alertname: metric ?? cause, cause, component, alert_id: String(id) },
      annotations: { summary: message, severity: state },
      startsAt: raisedAt.toISOString(),
      endsAt: (resolvedAt ?? new Date(Date.now() + validMs)).toISOString(),
    }))
    await post(`${url.replace(/\/+$/, '')}/api/v2/alerts`, JSON.stringify(alerts))
  },
})
