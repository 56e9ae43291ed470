import { z } from 'zod'
import { maxDurationMs } from './quantity.ts'

/** Thresholds of B4. Ratios 0–1, times in milliseconds. */
export const thresholdsSchema = z.strictObject({
  responseTimeMs: z
    .number()
    .min(0.001)
    .max(maxDurationMs)
    .default(2000)
    .describe('Response time above which an agent is a bottleneck'),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe('Success rate below which an agent is a medium-severity bottleneck'),
  successRateCritical: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Success rate below which an agent is a critical bottleneck'),
  averageConfidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe(
      'Target confidence; only shown next to the value. To make lower confidence a bottleneck, add a rule to `bottleneckRules`',
    ),
  coordinationScore: z.number().min(0).max(1).default(0.6).describe('Coordination score below which an agent is a bottleneck'),
  systemScore: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe('Overall score below which the system has a high-severity bottleneck'),
  systemScoreCritical: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe('Overall score below which the system has a critical bottleneck'),
})
export type Thresholds = z.infer<typeof thresholdsSchema>
export const defaultThresholds: Thresholds = thresholdsSchema.parse({})
