/** Readings that other programs publish on `monitoring.realtime_metrics`. */
import { z } from 'zod'
import { dateTimeSchema } from '../model/date-time.ts'
import { metricNameSchema } from '../model/metric.ts'
import { largestValue } from '../model/metric-value.ts'
import { recordOf } from '../model/name.ts'
import { labelSchema } from '../model/text.ts'

const realtimeReadingSchema = z.strictObject({
  /** The component measured, for example `database-1`. */
  component: labelSchema.max(200).min(1),
  /** ISO 8601 with a time zone; by default now, which is also the latest. */
  at: dateTimeSchema.optional(),
  /** Metric name → value. */
  metrics: recordOf(metricNameSchema, z.number().min(-largestValue).max(largestValue)).refine(
    (metrics) => Object.keys(metrics).length > 0 && Object.keys(metrics).length <= 50,
    'give 1 to 50 metrics',
  ),
})

/** One reading, or several under `readings`, of different components. */
export const realtimeMetricsSchema = z.union([
  z
    .strictObject({ readings: z.array(realtimeReadingSchema).min(1).max(1_000) })
    .refine(
      ({ readings }) => new Set(readings.map(({ component }) => component)).size === readings.length,
      'name each component once',
    ),
  realtimeReadingSchema.transform((reading) => ({ readings: [reading] })),
])
