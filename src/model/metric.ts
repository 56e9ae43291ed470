/** Traits of the metrics that a trial can be judged by: everything that depends on what sort of number a metric is hangs on these. */
import type { JudgedMetric } from './knob.ts'

/** `continuous`: a positive quantity, which changes by factors (a time). `proportion`: a share from 0 to 1, which changes by points. */
export type MetricKind = 'continuous' | 'proportion'

export interface MetricTraits {
  kind: MetricKind
  /** Which way is better. */
  direction: 'lower' | 'higher'
}

export const metricTraits: Record<JudgedMetric, MetricTraits> = {
  responseTime: { kind: 'continuous', direction: 'lower' },
  successRate: { kind: 'proportion', direction: 'higher' },
  coordinationScore: { kind: 'proportion', direction: 'higher' },
}
