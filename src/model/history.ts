import type { MetricName } from './metric.ts'

/** Milliseconds. The earlier values of the last hour must reach back this far to show a trend: those of a few minutes are noise. */
export const minTrendMs = 30 * 60_000

/** A metric's value at a time (milliseconds since the epoch). */
export interface MetricPoint {
  at: number
  value: number
}

/** The usual metrics and others of each agent over time, by agent id; oldest first, older points as hourly means. */
export type MetricHistory = Readonly<Record<string, Partial<Record<MetricName, MetricPoint[]>>>>
