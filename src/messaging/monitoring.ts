/** Readings that other programs publish on `monitoring.realtime_metrics`. */
import { z } from 'zod'
import { componentStatusSchema } from '../model/component.ts'
import { dateTimeSchema } from '../model/date-time.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import { metricNameSchema } from '../model/metric.ts'
import { largestValue } from '../model/metric-value.ts'
import { recordOf } from '../model/name.ts'
import { labelSchema } from '../model/text.ts'

const realtimeReadingSchema = z
  .strictObject({
    /** The component measured, for example `database-1`. */
    component: labelSchema.max(200).min(1),
    /** ISO 8601 with a time zone; by default now. */
    at: dateTimeSchema
      // Later readings of a component that has one from the future would be taken for old ones.
      .refine((at) => !(Date.parse(at) > Date.now() + toleratedSkewMs), 'is in the future; set the clock of its machine')
      .optional(),
    /** How the component is; degraded and down raise an alert until it is healthy again. */
    status: componentStatusSchema.optional(),
    /** Metric name → value; may be left out with a status. */
    metrics: recordOf(metricNameSchema, z.number().min(-largestValue).max(largestValue))
      .refine((metrics) => Object.keys(metrics).length <= 50, 'give at most 50 metrics')
      .default({}),
  })
  .refine(
    ({ metrics, status }) => status !== undefined || Object.keys(metrics).length > 0,
    'give at least one of the metrics, or a status',
  )

/** Several readings of different components under `readings`, or one. */
export const realtimeMetricsSchema = z.preprocess(
  (input) => (typeof input === 'object' && input !== null && !('readings' in input) ? { readings: [input] } : input),
  z
    .strictObject({ readings: z.array(realtimeReadingSchema).min(1).max(1_000) })
    .refine(
      ({ readings }) => new Set(readings.map(({ component }) => component)).size === readings.length,
      'name each component once',
    ),
)
export type RealtimeMetrics = z.output<typeof realtimeMetricsSchema>
