import { z } from 'zod'

/**
 * The cause of an alert. With the component, and the trial or request that it is about, it identifies the alert: it is raised once, its
 * message follows the details while the cause lasts, and it is resolved when the cause ends.
 */
export const alertCauseSchema = z.enum([
  /** Instances have not confirmed a configuration that is being restored or set. */
  'unconfirmed-configuration',
  /** An instance runs with other values than those of its version, although it was asked to apply it again. */
  'drifting-instance',
  /** The operator's limits cannot be read. */
  'broken-limits',
  /** Rules of the operator's limits match no agent or knob. */
  'unmatched-limits',
  /** The configuration declares a metric differently than an agent. */
  'contradictory-metric',
  /** Objectives contradict the declarations of their metrics. */
  'contradictory-objective',
  /** Bottleneck rules name a metric that is not declared, or contradict its declaration. */
  'unusable-rule',
  /** A step over all agents leaves one out, because its data makes the step fail. */
  'left-out-agent',
  /** A source of metrics fails or takes too long, so that all profiles lack its figures. */
  'unread-source',
  /** A metric cannot be queried from Prometheus. */
  'failed-query',
  /** An external database cannot be read, or a table of it. */
  'unread-database',
  /** A metric is beyond a threshold of `alert_thresholds`. */
  'threshold',
  /** A metric is unusual against its own past, for the worse. */
  'anomaly',
  /** A metric that the objective of an agent names is not reported. */
  'silent-metric',
  /** An agent is beyond a bound of its objective. */
  'violated-bound',
  /** All instances of an agent have gone, and the last one did not announce its shutdown. */
  'agent-away',
  /** The program that monitors a component reports that it is degraded or down. */
  'component-status',
  /** Old data is removed slowly, because the clock is far ahead of the last removal. */
  'doubtful-clock',
])
export type AlertCause = z.infer<typeof alertCauseSchema>

/** The component of an alert about an unreported metric of an agent. */
export const getSilentMetricName = (label: string, agentId: string) => `${label} of ${agentId}`
