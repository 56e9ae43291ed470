/** An anomaly in words. */
import { type Anomaly, type AnomalyKind, findProbableCause } from './anomaly.ts'
import { addFullStop, formatMetricValue, formatRatio, formatTimestamp } from './format.ts'
import type { Metric } from './metric.ts'

type Named = Pick<Metric, 'label' | 'kind' | 'unit'>

const phrases: Record<AnomalyKind, string> = {
  spike: 'had a spike at',
  burst: 'has shown a burst of unusual values since',
  'level-shift': 'has been at a different level since',
  drift: 'has been drifting since',
  variance: 'has varied unusually since',
  dropout: 'dropped out at',
  stuck: 'has been stuck since',
  season: 'has been unusual for the time of day since',
}

/** "The response time of hunter has been at a different level since 2026-11-29T14:05:00Z: 250 ms instead of 100 ms" */
export function describeAnomaly(anomaly: Omit<Anomaly, 'causes' | 'events'>, metric: Named): string {
  const { component, kind, since, value, before } = anomaly
  const figures =
    value === null
      ? `no value instead of ${formatMetricValue(metric, before)}`
      : `${formatMetricValue(metric, value)} instead of ${formatMetricValue(metric, before)}`
  return `The ${metric.label} of ${component} ${phrases[kind]} ${formatTimestamp(new Date(since))}: ${figures}`
}

/**
 * Its probable cause: "probably because of analyzer (72%): queue of analyzer rose from 3 to 40", "probably because of analyzer itself (80%)";
 * undefined if nothing is probable.
 */
export function describeCause(anomaly: Anomaly): string | undefined {
  const cause = findProbableCause(anomaly)
  if (!cause) return undefined
  const isOwn = cause.component === anomaly.component
  const named = `probably because of ${cause.component}${isOwn ? ' itself' : ''} (${formatRatio(cause.probability, 2)})`
  return isOwn && cause.metric === anomaly.metric ? named : `${named}: ${cause.why.replace(/\.$/, '')}`
}

/** Its probable trigger: "Configuration version 12 of analyzer, 2 min before the change (64%)"; undefined if nothing is probable. */
export function describeTrigger({ events: [first] }: Pick<Anomaly, 'events'>): string | undefined {
  return first && first.probability >= 0.5 ? `${first.why.replace(/\.$/, '')} (${formatRatio(first.probability, 2)})` : undefined
}

/** All of it, in one or more sentences. */
export function explainAnomaly(anomaly: Anomaly, metric: Named): string {
  const cause = describeCause(anomaly)
  const trigger = describeTrigger(anomaly)
  const sentence = `${describeAnomaly(anomaly, metric)}${cause ? `, ${cause}` : ''}`
  return addFullStop(trigger ? `${sentence}. ${trigger}` : sentence)
}
