import { z } from 'zod'
import { changeUnitSchema, type MetricName, metricNameSchema } from './metric.ts'
import { isSafeName, reservedNameError } from './name.ts'

/** From most to least urgent; the number is document 000's `priorityOrder` (B7). */
export const severityRank = { critical: 4, high: 3, medium: 2, low: 1 } as const
export const severitySchema = z.enum(['critical', 'high', 'medium', 'low'])
export type Severity = z.infer<typeof severitySchema>

/** The more urgent severity; null stands for none. */
export function pickWorseSeverity<Known extends Severity | null>(a: Known, b: Severity | null): Known | Severity {
  return b !== null && (a === null || severityRank[b] > severityRank[a]) ? b : a
}

/** Types of bottlenecks that are anomalies (docs/anomalies.md). */
export const anomalyBottleneckTypes = [
  'response_time_anomaly',
  'dependency_slowdown',
  'error_burst',
  'slow_drift',
  'stuck_metric',
  'metric_dropout',
  'resource_anomaly',
  'metric_anomaly',
] as const

/** Whether a bottleneck of this type is an anomaly. */
export const isAnomalyType = (type: string): boolean => (anomalyBottleneckTypes as readonly string[]).includes(type)

/** The types of B4, the type for a violated bound of an objective, and anomalies; configured rules may define others. */
export const builtInBottleneckTypes = [
  'agent_response_time',
  'agent_success_rate',
  'coordination_efficiency',
  'system_performance',
  'objective_bound',
  ...anomalyBottleneckTypes,
] as const

export const bottleneckTypeSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,59}$/, 'use at most 60 lower-case letters, digits and _, starting with a letter')
  .refine(isSafeName, reservedNameError)
export type BottleneckType = z.infer<typeof bottleneckTypeSchema>

const impactUnitSchema = z.enum([...changeUnitSchema.options, 'none'])
export type ImpactUnit = z.infer<typeof impactUnitSchema>

/** Something that holds the fleet back (B4). */
export const bottleneckSchema = z.object({
  type: bottleneckTypeSchema,
  severity: severitySchema,
  affectedComponent: z.string().describe('An agent id, `system`, or the host, process or other component that has an anomaly'),
  description: z.string(),
  impact: z.number().describe('Distance from the threshold: percent above it for times, points below it for rates and scores'),
  impactUnit: impactUnitSchema
    .optional()
    .describe(
      'The unit of the impact; `none` if the rule sets a fixed number. May be missing for built-in types and in older records',
    ),
  suggestedFix: z.string(),
  metric: metricNameSchema.optional().describe('The metric that is beyond its limit; missing for the built-in types'),
})
export type Bottleneck = z.infer<typeof bottleneckSchema>

/** The metrics of the bottlenecks of document 000, which do not name them. */
export const metricsByBottleneckType: Readonly<Record<string, MetricName>> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
  system_performance: 'overallScore',
}

/** The metric that a bottleneck is about. */
export const getBottleneckMetric = ({ type, metric }: Pick<Bottleneck, 'type' | 'metric'>): MetricName =>
  metric ?? metricsByBottleneckType[type] ?? 'overallScore'

/** The most urgent severity among bottlenecks; null when there are none. */
export function findWorstSeverity(bottlenecks: readonly Bottleneck[]): Severity | null {
  return bottlenecks.map(({ severity }) => severity).sort((a, b) => severityRank[b] - severityRank[a])[0] ?? null
}
