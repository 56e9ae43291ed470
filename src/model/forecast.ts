/** The forecast of a metric. */
import { z } from 'zod'

/** A value that a metric should not cross, and on which side it is worse. */
export const metricLimitSchema = z.object({
  name: z.string().describe('Name of the limit, such as "warning limit"'),
  value: z.number(),
  side: z.enum(['above', 'below']).describe('The side of the limit on which values are bad'),
})
export type MetricLimit = z.infer<typeof metricLimitSchema>

export const metricForecastSchema = z.object({
  stepMs: z.number().describe('The time span over which each value is averaged, milliseconds'),
  series: z
    .array(z.tuple([z.number(), z.number(), z.number(), z.number()]))
    .describe(
      'Time in milliseconds since the epoch, low, median, high; the value is between low and high with a probability of 80%',
    ),
  crossings: z
    .array(
      metricLimitSchema.extend({
        at: z
          .number()
          .nullable()
          .describe('When the metric will be beyond the limit with a probability of 50%; null if not within the forecast'),
        earliest: z.number().nullable().describe('When it will be beyond the limit with a probability of 10%'),
        latest: z.number().nullable().describe('When it will be beyond the limit with a probability of 90%'),
        text: z.string().describe('The crossing in words'),
      }),
    )
    .describe('Limits that the metric respects now, but may cross within the forecast'),
})
export type MetricForecast = z.infer<typeof metricForecastSchema>

export type Crossing = MetricForecast['crossings'][number]
