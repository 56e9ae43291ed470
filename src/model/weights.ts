/** Weights of several metrics, for an objective that improves all of them at once. */
import { z } from 'zod'
import { type MetricName, metricNameSchema } from './metric.ts'

/** Relative weights of metrics. */
export type Weights = Readonly<Record<MetricName, number>>

/** The traits of the optimizer (B19) as weights; of each, the metrics that an agent reports count. */
export const weightPresets = {
  analytical: { qualityScore: 2, successRate: 1 },
  systematic: { successRate: 1 },
  optimization: { responseTime: 1, successRate: 1 },
  efficiency: { costUsd: 2, cpuMs: 1, memoryMb: 1, inputTokens: 1, outputTokens: 1, responseTime: 1 },
  coordination: { coordinationScore: 1 },
} as const satisfies Record<string, Weights>
export type WeightPreset = keyof typeof weightPresets

/** A preset by name, or the weights themselves. */
export const weighSchema = z.union([
  z.enum(Object.keys(weightPresets) as [WeightPreset, ...WeightPreset[]]),
  z
    .record(metricNameSchema, z.number().positive().max(1_000))
    .refine((weights) => Object.keys(weights).length > 0, 'weigh at least one metric'),
])

export const getWeights = (weigh: z.infer<typeof weighSchema>): Weights =>
  typeof weigh === 'string' ? weightPresets[weigh] : weigh

/** The name of the metric that such an objective is about; it is computed from the others. */
export const weightedSumName = 'weightedSum'

/** What a weighed metric counts: its share of the sum (all are 1 together), and the value that counts as unchanged. */
export const weighedSchema = z.record(metricNameSchema, z.object({ weight: z.number(), reference: z.number() }))
export type Weighed = z.infer<typeof weighedSchema>
