import { z } from 'zod'
import { systemMetrics } from './bottleneck-rule.ts'
import { type Metric, type MetricCatalogue, type MetricName, metricNameSchema } from './metric.ts'
import { safeRecordSchema } from './name.ts'

/** The values of a metric at which alerts are raised. */
export const alertThresholdSchema = z.strictObject({
  warning: z.number().optional().describe('Value at which a warning is raised'),
  critical: z.number().optional().describe('Value at which the alert becomes critical'),
  direction: z
    .enum(['above', 'below'])
    .optional()
    .describe('Whether values above or below the limit are bad; by default, the direction in which the metric gets worse'),
  for: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .describe('How long the value must be beyond the limit before the alert is raised, seconds'),
  hysteresis: z
    .number()
    .min(0)
    .optional()
    .describe(
      'How far the value must move back inside the limit before the alert ends, in its unit; by default 2% of the limit, or half the distance to the best possible value if that is less',
    ),
})
export type AlertThreshold = z.infer<typeof alertThresholdSchema>

/** Metric name → threshold. Names may be written as in `cpu_usage` and `response_time`. */
export const alertThresholdsSchema = safeRecordSchema(metricNameSchema, alertThresholdSchema)
export type AlertThresholds = Readonly<Record<MetricName, AlertThreshold>>

export const alertLevels = ['warning', 'critical'] as const
export type AlertLevel = (typeof alertLevels)[number]

/** When a value went beyond each limit, milliseconds since the epoch, and whether that raised the alert. */
export type AlertCondition = Partial<Record<AlertLevel, { since: number; isRaised: boolean }>>

/** The usual names of other monitoring programs. */
const otherNames: Readonly<Record<string, MetricName>> = {
  cpu_usage: 'cpuPercent',
  memory_usage: 'memoryPercent',
  heap_usage: 'heapPercent',
  disk_usage: 'storagePercent',
  storage_usage: 'storagePercent',
  event_loop_delay: 'eventLoopDelayMs',
}

/** The catalogue's name of a metric: `cpuPercent` for `cpu_usage`, `responseTime` for `response_time`. */
export function toMetricName(name: string): MetricName {
  if (Object.hasOwn(otherNames, name)) return otherNames[name]!
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Metrics of hosts and processes that only monitoring knows. */
const measuredMetrics: ReadonlyMap<MetricName, AlertMetric> = new Map(
  (
    [
      ['networkBytesPerSecond', 'network traffic', 'B/s'],
      ['ioBytesPerSecond', 'storage traffic', 'B/s'],
      ['cpuThrottledPercent', 'CPU throttling', '%'],
    ] as const
  ).map(([name, label, unit]) => [name, { name, label, unit, direction: 'lower', kind: 'continuous' }]),
)

/** The part of a metric that alerts need. */
export type AlertMetric = Pick<Metric, 'name' | 'label' | 'direction' | 'kind' | 'unit'>

/** A metric by one of its names, of agents or of components; undefined if there is none. */
export function findAlertMetric(name: string, catalogue: MetricCatalogue): AlertMetric | undefined {
  const find = (name: MetricName): AlertMetric | undefined =>
    catalogue.get(name) ?? systemMetrics.get(name) ?? measuredMetrics.get(name)
  return find(name) ?? find(toMetricName(name))
}

/** The side of the limit that is bad. */
export const getBadSide = ({ direction }: AlertThreshold, metric: Pick<Metric, 'direction'>): 'above' | 'below' =>
  direction ?? (metric.direction === 'lower' ? 'above' : 'below')

/** The part of a metric that says how thresholds of it are understood. */
export type ThresholdMetric = Pick<AlertMetric, 'direction' | 'kind' | 'unit'>

/** The lowest and the highest value that a metric can have. */
const rangeOf = ({ kind, unit }: ThresholdMetric): readonly [low: number, high: number] =>
  kind === 'proportion' ? [0, 1] : unit === '%' ? [0, 100] : [0, Infinity]

/** The share of a limit by which a value must return inside it, unless the threshold says how far. */
const usualHysteresis = 0.02

/** How far back inside a limit a value must return before the alert ends: never so far that no value could. */
export function computeHysteresis(threshold: AlertThreshold, limit: number, metric: ThresholdMetric): number {
  const [low, high] = rangeOf(metric)
  const way = getBadSide(threshold, metric) === 'above' ? limit - low : high - limit
  return threshold.hysteresis ?? Math.min(Math.abs(limit) * usualHysteresis, Math.max(0, way) / 2)
}

/** Why thresholds cannot be used, as the end of a sentence that names the metric; undefined if they can. */
export function findThresholdsProblem(thresholds: AlertThresholds, catalogue: MetricCatalogue): string | undefined {
  const names = Object.keys(thresholds)
  for (const [index, name] of names.entries()) {
    const problem = findThresholdProblem(name, thresholds[name]!, catalogue)
    if (problem) return `${name}: ${problem}`
    const metric = findAlertMetric(name, catalogue)?.name
    const other = names.slice(0, index).find((other) => findAlertMetric(other, catalogue)?.name === metric)
    if (other) return `${name} and ${other} are the same metric; set only one threshold`
  }
  return undefined
}

function findThresholdProblem(name: string, threshold: AlertThreshold, catalogue: MetricCatalogue): string | undefined {
  const metric = findAlertMetric(name, catalogue)
  if (!metric) return 'there is no such metric; declare it under metrics'
  const { warning, critical, hysteresis } = threshold
  const limits = [warning, critical].filter((limit) => limit !== undefined)
  if (limits.length === 0) return 'set warning, critical, or both'
  const [low, high] = rangeOf(metric)
  const outside = limits.find((limit) => limit < low || limit > high)
  if (outside !== undefined)
    return `${outside} is outside its range, ${high === Infinity ? `${low} or more` : `${low} to ${high}`}`
  const isAbove = getBadSide(threshold, metric) === 'above'
  const end = isAbove ? (metric.kind === 'proportion' ? high : Infinity) : low
  if (limits.includes(end)) return `no value can be ${isAbove ? 'above' : 'below'} ${end}, so the alert could never be raised`
  if (warning !== undefined && critical !== undefined && (isAbove ? warning >= critical : warning <= critical))
    return `the warning at ${warning} must be reached before the critical alert at ${critical}; alerts are raised for values ${isAbove ? 'above' : 'below'} the limit`
  if (hysteresis !== undefined && limits.some((limit) => (isAbove ? limit - hysteresis < low : limit + hysteresis > high)))
    return `with a hysteresis of ${hysteresis}, the alert could never end`
  return undefined
}
