import { z } from 'zod'
import { metricDeclarationSchema } from './metric.ts'
import { intervalSchema } from './trial.ts'

/** The effect of a trial on one of the metrics that it measured, its target or not. */
export const metricEffectSchema = metricDeclarationSchema.pick({ unit: true, kind: true, direction: true }).extend({
  metric: z.string().describe('Name of a metric, or of a statistic such as `responseTimeP95` or `responseTimeVariance`'),
  label: z.string(),
  before: z.number().nullable().describe('The measured value without the change'),
  after: z.number().nullable().describe('The measured value with the change'),
  improvement: z
    .number()
    .describe('The improvement: percent for a quantity, points for a share; negative if the metric got worse'),
  interval: intervalSchema
    .nullable()
    .describe("Interval of the improvement: the judge's for the target, otherwise a plain 95% interval"),
  isAdjusted: z
    .boolean()
    .optional()
    .describe(
      "True if `improvement` is the judge's, which is adjusted for how the instances differed before the change; `before` and `after` are never adjusted",
    ),
  effect: z
    .enum(['gained', 'lost', 'unclear'])
    .describe('Whether the whole interval is an improvement (`gained`), or the opposite (`lost`)'),
  bounds: z
    .array(z.object({ bound: z.string(), holds: z.boolean() }))
    .describe('Bounds of the objective on this metric, and whether the measured value is within them'),
})
export type MetricEffect = z.infer<typeof metricEffectSchema>
