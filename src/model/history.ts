import type { JudgedMetric } from './knob.ts'

/** A metric's value at a moment (milliseconds since the epoch). */
export interface MetricPoint {
  at: number
  value: number
}

/** How the metrics of each agent went, by its id; oldest first, older points as means of hours. */
export type MetricHistory = Readonly<Record<string, Partial<Record<JudgedMetric, MetricPoint[]>>>>
