import type { MetricName } from './metric.ts'

/** A metric's value at a time (milliseconds since the epoch). */
export interface MetricPoint {
  at: number
  value: number
}

/** The usual metrics and others of each agent over time, by agent id; oldest first, older points as hourly means. */
export type MetricHistory = Readonly<Record<string, Partial<Record<MetricName, MetricPoint[]>>>>
