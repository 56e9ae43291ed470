import type { MetricName } from '../../model/metric.ts'

/** The value of a metric of a component in a step; null if it should have one and has none. */
export interface WatchedPoint {
  component: string
  metric: MetricName
  value: number | null
  /** Whether the executions of the step tell it: then one that they used to tell and do not is missing. */
  isOfWork?: boolean | undefined
  /**
   * Of a value about earlier executions: by how many milliseconds it comes later than the newest of them. It is missing if it does not come for
   * much longer than usual while its agent works.
   */
  lateMs?: number | undefined
}
