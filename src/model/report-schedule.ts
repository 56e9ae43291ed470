import { z } from 'zod'
import { httpUrlSchema } from './http-url.ts'
import { labelSchema } from './text.ts'

export const reportFormats = ['html', 'markdown', 'json'] as const
export type ReportFormat = (typeof reportFormats)[number]

const common = {
  every: z.enum(['cycle', 'day', 'week']),
  /** When a day ends, or a week on a Monday. */
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time such as 08:00')
    .default('08:00'),
  /** Identifies the receiver in the record of what it was sent; by default, all of its other fields do. */
  name: labelSchema.max(100).optional(),
}

/** A report that is created automatically, and who receives it. */
const scheduledReportSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file'),
    ...common,
    folder: z.string().min(1),
    format: z.enum(reportFormats).default('html'),
  }),
  z.strictObject({
    type: z.literal('webhook'),
    ...common,
    url: httpUrlSchema,
    secret: z.string().min(16, 'use a secret of at least 16 characters'),
  }),
  z.strictObject({ type: z.literal('slack'), ...common, url: httpUrlSchema }),
])
export type ScheduledReport = z.infer<typeof scheduledReportSchema>

export const scheduledReportsSchema = z.array(scheduledReportSchema).max(20)

const dayMs = 86_400_000
/** The epoch began on a Thursday. */
const mondayMs = 4 * dayMs

/** Later, a receiver that was away gets no older periods. */
const maxPeriods = 7

/**
 * The whole days or weeks that a receiver has not got, oldest first: those since the last one that it was sent, at most the last seven;
 * the last one if it was never sent any.
 * @param sentUntil the ends of those that it was sent
 */
export function computeDuePeriods(
  every: 'day' | 'week',
  at: string,
  now: number,
  sentUntil: readonly Date[],
): { from: Date; to: Date }[] {
  const lastSent = sentUntil.length === 0 ? undefined : Math.max(...sentUntil.map((time) => time.getTime()))
  const due = [computeLastPeriod(every, at, now)]
  if (lastSent === undefined) return due
  while (due.length < maxPeriods) due.unshift(computeLastPeriod(every, at, due[0]!.from.getTime()))
  return due.filter(({ to }) => to.getTime() > lastSent)
}

/**
 * The last whole day or week before a time; a week ends on a Monday.
 * @param at the time of day in UTC at which it ends, such as `08:00`
 * @param now milliseconds since the epoch
 */
export function computeLastPeriod(every: 'day' | 'week', at: string, now: number): { from: Date; to: Date } {
  const [hours, minutes] = at.split(':').map(Number) as [number, number]
  const lengthMs = every === 'day' ? dayMs : 7 * dayMs
  const offsetMs = (hours * 60 + minutes) * 60_000 + (every === 'day' ? 0 : mondayMs)
  const to = Math.floor((now - offsetMs) / lengthMs) * lengthMs + offsetMs
  return { from: new Date(to - lengthMs), to: new Date(to) }
}
