/** How a metric is expected to go on. */
import { z } from 'zod'

/** A value that a metric should not cross, and on which side it is worse. */
export const metricLimitSchema = z.object({
  name: z.string().describe('Such as "warning limit"'),
  value: z.number(),
  side: z.enum(['above', 'below']).describe('The side that is bad'),
})
export type MetricLimit = z.infer<typeof metricLimitSchema>

export const metricForecastSchema = z.object({
  stepMs: z.number().describe('Each value is the mean of this time, milliseconds'),
  course: z
    .array(z.tuple([z.number(), z.number(), z.number(), z.number()]))
    .describe('Time in milliseconds since the epoch, low, median, high; the interval holds with a probability of 80%'),
  crossings: z
    .array(
      metricLimitSchema.extend({
        at: z.number().nullable().describe('When it is beyond the limit as likely as not; null if not within the forecast'),
        earliest: z.number().nullable().describe('When it is so with a probability of 10%'),
        latest: z.number().nullable().describe('When it is so with a probability of 90%'),
        text: z.string().describe('The same in words'),
      }),
    )
    .describe('Limits that it does not cross now, and may within the forecast'),
})
export type MetricForecast = z.infer<typeof metricForecastSchema>

export type Crossing = MetricForecast['crossings'][number]
