/** The values that metrics can have. */
import { isReportable, type Metric, type MetricCatalogue, type MetricName } from './metric.ts'

/** Metric name → value. */
export type MetricValues = Readonly<Record<MetricName, number>>

/** No metric is larger, whatever its unit. */
export const maxMetricValue = 1e15

/** The reason why a value cannot be one of this metric, for a user; undefined if it can. */
export function validateMetricValue({ name, kind }: Pick<Metric, 'name' | 'kind'>, value: number): string | undefined {
  if (!Number.isFinite(value)) return `${name} must be a number`
  if (kind === 'proportion') return value >= 0 && value <= 1 ? undefined : `${name} must be from 0 to 1, not ${value}`
  if (value < 0 || value > maxMetricValue) return `${name} must be from 0 to ${maxMetricValue}, not ${value}`
  return kind === 'count' && !Number.isInteger(value) ? `${name} must be a whole number, not ${value}` : undefined
}

/** The reason why these values cannot be reported with an execution, naming the metric; undefined if they can. */
export function validateReportedMetrics(catalogue: MetricCatalogue, values: MetricValues): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    const metric = catalogue.get(name)
    if (!metric) return `there is no metric ${name}; declare it when the agent connects, or in the configuration`
    if (!isReportable(metric)) return `${name} is computed and cannot be reported`
    const refused = validateMetricValue(metric, value)
    if (refused) return refused
  }
  return undefined
}
