import { z } from 'zod'
import { changeUnitSchema, type MetricName, metricNameSchema } from './metric.ts'
import { isFree, reserved } from './name.ts'

/** From most to least urgent; the number is document 000's `priorityOrder` (B7). */
export const severityRank = { critical: 4, high: 3, medium: 2, low: 1 } as const
export const severitySchema = z.enum(['critical', 'high', 'medium', 'low'])
export type Severity = z.infer<typeof severitySchema>

/** The more urgent one; null is none. */
export function worseOf<Known extends Severity | null>(a: Known, b: Severity | null): Known | Severity {
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

/** The types of B4, that of a violated bound of an objective, and anomalies; rules of the configuration may name others. */
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
  .regex(/^[a-z][a-z0-9_]{0,59}$/, 'use at most 60 small letters, digits and _, starting with a letter')
  .refine(isFree, reserved)
export type BottleneckType = z.infer<typeof bottleneckTypeSchema>

const impactUnitSchema = z.enum([...changeUnitSchema.options, 'none'])
export type ImpactUnit = z.infer<typeof impactUnitSchema>

/** Something that holds the fleet back (B4). */
export const bottleneckSchema = z.object({
  type: bottleneckTypeSchema,
  severity: severitySchema,
  affectedComponent: z.string().describe('An agent id, `system`, or the host, process or other component that has an anomaly'),
  description: z.string(),
  impact: z.number().describe('Percent over the threshold for times, points below it for rates and scores'),
  impactUnit: impactUnitSchema
    .optional()
    .describe('`none` if its rule gives a fixed number; may be missing for the built-in types, and in older records'),
  suggestedFix: z.string(),
  metric: metricNameSchema.optional().describe('The metric that is beyond its limit; missing for the built-in types'),
})
export type Bottleneck = z.infer<typeof bottleneckSchema>

/** The metrics of the bottlenecks of document 000, which do not name them. */
export const documentedMetrics: Readonly<Record<string, MetricName>> = {
  agent_response_time: 'responseTime',
  agent_success_rate: 'successRate',
  coordination_efficiency: 'coordinationScore',
  system_performance: 'overallScore',
}

/** The metric that a bottleneck is about. */
export const getBottleneckMetric = ({ type, metric }: Pick<Bottleneck, 'type' | 'metric'>): MetricName =>
  metric ?? documentedMetrics[type] ?? 'overallScore'

const unitsOfDocument: Readonly<Record<string, ImpactUnit>> = {
  agent_response_time: 'percent',
  agent_success_rate: 'points',
  coordination_efficiency: 'points',
  system_performance: 'points',
}

/** The unit of the impact; `none` also if it is not known. */
export const getImpactUnit = ({ type, impactUnit }: Pick<Bottleneck, 'type' | 'impactUnit'>): ImpactUnit =>
  impactUnit ?? unitsOfDocument[type] ?? 'none'

/** The same bottleneck with the unit of its impact. */
export const withImpactUnit = <Found extends Pick<Bottleneck, 'type' | 'impactUnit'>>(bottleneck: Found) => ({
  ...bottleneck,
  impactUnit: getImpactUnit(bottleneck),
})

/** "25.0%", "5.0 points", or the number alone if its unit is not known. */
export function formatImpact(bottleneck: Pick<Bottleneck, 'type' | 'impact' | 'impactUnit'>): string {
  const unit = getImpactUnit(bottleneck)
  return `${bottleneck.impact.toFixed(1)}${unit === 'percent' ? '%' : unit === 'points' ? ' points' : ''}`
}

/** The most urgent severity among bottlenecks; null when there are none. */
export function worstSeverity(bottlenecks: readonly Bottleneck[]): Severity | null {
  return bottlenecks.map(({ severity }) => severity).sort((a, b) => severityRank[b] - severityRank[a])[0] ?? null
}
