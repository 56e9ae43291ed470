/** Weights of several metrics, for an objective that improves all of them at once. */
import { z } from 'zod'
import { choosableMetricNameSchema, type MetricName, metricNameSchema } from './metric.ts'
import { safeRecordSchema } from './name.ts'

/** Relative weights of metrics. */
export type Weights = Readonly<Record<MetricName, number>>

/** The traits of the optimizer (B19) as weights; only the metrics that an agent reports count. */
export const weightPresets = {
  analytical: { qualityScore: 2, successRate: 1 },
  systematic: { successRate: 1 },
  optimization: { responseTime: 1, successRate: 1 },
  efficiency: { costUsd: 2, cpuMs: 1, memoryMb: 1, inputTokens: 1, outputTokens: 1, responseTime: 1 },
  coordination: { coordinationScore: 1 },
} as const satisfies Record<string, Weights>
type WeightPreset = keyof typeof weightPresets

const maxWeights = 50
const largestWeight = 1_000
const ofWeights = `a weight must be a number above 0 and at most ${largestWeight}`
const weightSchema = z.number(ofWeights).positive(ofWeights).max(largestWeight, ofWeights)
const presetNames = Object.keys(weightPresets) as [WeightPreset, ...WeightPreset[]]

/** A preset by name, or the weights themselves. */
export const weightingSchema = z.union(
  [
    z.enum(presetNames),
    safeRecordSchema(choosableMetricNameSchema, weightSchema).superRefine((weights, context) => {
      const count = Object.keys(weights).length
      if (count === 0) context.addIssue({ code: 'custom', message: 'weigh at least one metric' })
      if (count > maxWeights) context.addIssue({ code: 'custom', message: `weigh at most ${maxWeights} metrics` })
    }),
  ],
  {
    error: ({ input, errors = [] }) => {
      const [issue] = (errors as z.core.$ZodIssue[][])[1] ?? []
      const cause = issue?.code === 'invalid_key' ? issue.issues[0] : issue
      const named = [issue?.path.join('.'), cause?.message].filter(Boolean).join(': ')
      const problem = typeof input === 'string' ? `there is no preset ${input}` : named
      return `${problem}; use a preset (${presetNames.join(', ')}), or weights of metrics`
    },
  },
)

export const getWeights = (weigh: z.infer<typeof weightingSchema>): Weights =>
  typeof weigh === 'string' ? weightPresets[weigh] : weigh

/** The weight of a metric: its share of the sum (all are 1 together), and the value that counts as unchanged. */
export const weightedMetricsSchema = z.record(metricNameSchema, z.object({ weight: z.number(), reference: z.number() }))
export type WeightedMetrics = z.infer<typeof weightedMetricsSchema>
