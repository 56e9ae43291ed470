import type { ComponentKind, ComponentStatus } from '../model/component.ts'
import type { MetricValues } from '../model/metric-value.ts'
import type { SystemSample } from './system-metrics.ts'

/** A reading of a component. */
export interface ComponentReading extends SystemSample {
  kind: ComponentKind
  agentId?: string
  status?: ComponentStatus | undefined
}

/** Every number of a reading by the name of its metric. */
export function getReadingMetrics({
  component: _,
  at: __,
  kind: ___,
  agentId: ____,
  status: _____,
  others = {},
  ...columns
}: ComponentReading): MetricValues {
  const numbers = Object.entries(columns).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return { ...Object.fromEntries(numbers), ...others }
}

/** Whether a reading has metrics, and not only a status. */
export const hasMetrics = (reading: ComponentReading) => Object.keys(getReadingMetrics(reading)).length > 0
