/** Readings that other programs publish on `monitoring.realtime_metrics`. */
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { componentStatusSchema } from '../model/component.ts'
import { dateTimeSchema } from '../model/date-time.ts'
import { describeIssue } from '../model/issue.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import { metricNameSchema } from '../model/metric.ts'
import { maxMetricValue } from '../model/metric-value.ts'
import { safeRecordSchema } from '../model/name.ts'
import { labelSchema } from '../model/text.ts'

const realtimeReadingSchema = z
  .strictObject({
    /** The component measured, for example `database-1`. */
    component: labelSchema.max(200).min(1),
    /** ISO 8601 with a time zone; by default now. */
    at: dateTimeSchema
      // Later readings of a component that has one from the future would be taken for old ones.
      .refine((at) => !(Date.parse(at) > Date.now() + toleratedSkewMs), 'is in the future; correct the clock on its machine')
      .optional(),
    /** How the component is; degraded and down raise an alert until it is healthy again. */
    status: componentStatusSchema.optional(),
    /** Metric name → value; may be left out with a status. */
    metrics: safeRecordSchema(metricNameSchema, z.number().min(-maxMetricValue).max(maxMetricValue))
      .refine((metrics) => Object.keys(metrics).length <= 50, 'send at most 50 metrics')
      .default({}),
  })
  .refine(
    ({ metrics, status }) => status !== undefined || Object.keys(metrics).length > 0,
    'send at least one metric, or a status',
  )

/** Several readings under `readings`, or one. */
const messageOf = <Reading extends z.ZodType>(reading: Reading) =>
  z.preprocess(
    (input) => (typeof input === 'object' && input !== null && !('readings' in input) ? { readings: [input] } : input),
    z.strictObject({ readings: z.array(reading).min(1).max(1_000) }),
  )
const anyMessageSchema = messageOf(z.unknown())

export const realtimeMetricsSchema = messageOf(realtimeReadingSchema)
export const realtimeMetricsResponseSchema = z.object({
  accepted: z.int().describe('Number of new readings'),
  rejected: z
    .array(z.object({ index: z.int(), reason: z.string() }))
    .optional()
    .describe('Readings that cannot be used; the others are recorded'),
})

/** Readings that are parsed within some milliseconds. */
const parsedAtOnce = 50

export type RealtimeReading = z.output<typeof realtimeReadingSchema>
export interface RealtimeMetrics {
  readings: RealtimeReading[]
  /** Where in the message each of them is. */
  indexes: number[]
  rejected: { index: number; reason: string }[]
}

/**
 * The readings of a message. Those that cannot be used are rejected one by one, so that they do not affect the others. Of many readings, some
 * are parsed at a time, and other work is done in between.
 * @throws ZodError if none can be used
 */
export async function parseRealtimeMetrics(message: unknown): Promise<RealtimeMetrics> {
  const parsed: RealtimeMetrics = { readings: [], indexes: [], rejected: [] }
  const components = new Set<string>()
  for (const [index, raw] of anyMessageSchema.parse(message).readings.entries()) {
    if (index % parsedAtOnce === parsedAtOnce - 1) await setImmediate()
    const { data, error } = realtimeReadingSchema.safeParse(raw)
    const reason = error ? describeIssue(error, 'reading') : components.has(data.component) && 'component: list each only once'
    if (reason) parsed.rejected.push({ index, reason })
    else {
      components.add(data!.component)
      parsed.readings.push(data!)
      parsed.indexes.push(index)
    }
  }
  if (parsed.readings.length === 0) realtimeMetricsSchema.parse(message)
  return parsed
}
