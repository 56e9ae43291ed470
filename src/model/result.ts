import { z } from 'zod'
import { strategySchema, strategyTypeSchema } from './strategy.ts'
import { intervalSchema, sampleCountsSchema, trialDesignSchema, verdictSchema } from './trial.ts'

/** Measured figures of one arm. */
export const measuredMetricsSchema = z.object({
  samples: z.int(),
  responseTimeP50: z.number().nullable().describe('Median, milliseconds'),
  responseTimeMean: z.number().nullable().describe('Milliseconds'),
  successRate: z.number().nullable().describe('Ratio 0–1'),
  coordinationScore: z.number().nullable().describe('Ratio 0–1'),
  reported: z
    .record(z.string(), z.object({ mean: z.number(), standardError: z.number(), samples: z.int() }))
    .optional()
    .describe('Metrics that executions reported, by name'),
})
export type MeasuredMetrics = z.infer<typeof measuredMetricsSchema>

export const armMetricsSchema = z.object({
  before: measuredMetricsSchema.describe('Metrics of the control'),
  after: measuredMetricsSchema.describe('Metrics of the candidates'),
})
export type ArmMetrics = z.infer<typeof armMetricsSchema>

/** The improvement that a strategy promised, with the interval that contains 80% of measured improvements. */
export const promisedImprovementSchema = z.object({
  improvement: z.number(),
  interval: intervalSchema,
  held: z.boolean().nullable().describe('Whether the measured improvement lies in the interval; null if nothing was measured'),
})
export type PromisedImprovement = z.infer<typeof promisedImprovementSchema>

/** The result of one strategy (B9). */
export const optimizationResultSchema = z.object({
  strategy: strategySchema,
  executionTime: z.number().describe('Milliseconds from the start of the trial to its end'),
  success: z.boolean().describe('True only if the change was proven and kept'),
  actualImprovement: z
    .number()
    .nullable()
    .describe('Measured; percent for times, points for rates and scores; null if nothing could be measured'),
  interval: intervalSchema.nullable(),
  promised: promisedImprovementSchema
    .nullable()
    .describe('The expected improvement, to compare with the measured one; null if a person requested the trial'),
  verdict: verdictSchema,
  judged: z.boolean().describe('False if something other than the judge ended the trial, which then teaches nothing'),
  keptBy: z.string().optional().describe('The person who kept the change although it was not proven'),
  design: trialDesignSchema.describe('How it was compared; `before-after` is the weaker design'),
  samples: sampleCountsSchema,
  metrics: armMetricsSchema,
  reason: z.string().describe('Why the trial ended as it did, in plain English'),
  issues: z.array(z.string()),
  timestamp: z.string().describe('ISO 8601'),
})
export type OptimizationResult = z.infer<typeof optimizationResultSchema>

/** All results together (B9). Improvements count proven ones only. */
export const impactSummarySchema = z.object({
  totalOptimizations: z.int(),
  successfulOptimizations: z.int(),
  successRate: z.number().describe('Ratio 0–1'),
  overallImprovement: z.number().describe('Mean over the proven results, percent'),
  categoryImprovements: z.partialRecord(strategyTypeSchema, z.number()),
  timestamp: z.string().describe('ISO 8601'),
})
export type ImpactSummary = z.infer<typeof impactSummarySchema>
