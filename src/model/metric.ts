/** The kind and direction of each metric that a trial can be judged by. */
import type { JudgedMetric } from './knob.ts'

/** `continuous`: a positive quantity whose changes are factors, such as a time. `proportion`: a share from 0 to 1 whose changes are points. */
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
