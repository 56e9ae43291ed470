import { z } from 'zod'
import { declaredKindSchema, metricNameSchema } from './metric.ts'
import { intervalSchema } from './trial.ts'

/** A statistic of the response time; of any other metric only the mean is measured. */
const statisticSchema = z.enum(['mean', 'variance', 'p50', 'p90', 'p95', 'p99'])
export type Statistic = z.infer<typeof statisticSchema>

/** The statistic that a quantile is; undefined for the mean. */
export const toStatistic = (quantile: number | undefined): Statistic | undefined =>
  quantile === undefined ? undefined : (`p${Math.round(100 * quantile)}` as Statistic)

/** A success criterion of a strategy (B5). */
export const successMetricSchema = z.object({
  description: z.string().describe('The criterion in words, such as `Latency variance reduced`'),
  metric: metricNameSchema.optional().describe('The metric that it is about; missing if no trial on one agent can measure it'),
  statistic: statisticSchema.optional().describe('The statistic of the response time; if omitted, the mean'),
  aim: z
    .enum(['increase', 'decrease', 'at-least', 'at-most'])
    .optional()
    .describe('A change relative to the control, or a limit that the instances with the change must meet'),
  limit: z.number().optional().describe('The limit for `at-least` and `at-most`, in the unit of the metric'),
})
export type SuccessMetric = z.infer<typeof successMetricSchema>

/** A success criterion and what its trial measured. */
export const successOutcomeSchema = successMetricSchema.extend({
  outcome: z
    .enum(['met', 'not-met', 'not-measured'])
    .describe(
      'A limit is met if the value with the change is within it; an expected change is met if it is statistically significant (95%)',
    ),
  unit: z.string().optional(),
  kind: declaredKindSchema.optional(),
  before: z.number().nullable().describe('The value without the change, in this unit; null if it was not measured'),
  after: z.number().nullable().describe('The value with the change'),
  improvement: z.number().nullable().describe('The improvement: percent for a quantity, points for a share'),
  interval: intervalSchema.nullable().describe('95% interval of the improvement'),
})
export type SuccessOutcome = z.infer<typeof successOutcomeSchema>
