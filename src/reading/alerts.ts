import { z } from 'zod'
import { alertCauseSchema } from '../model/alert.ts'
import { severitySchema } from '../model/bottleneck.ts'
import { type Alert, type AlertFilter, countAlerts, listAlerts } from '../store/alerts.ts'
import type { StoredContext } from './context.ts'
import { type ListRange, type Page, readPage } from './list-extent.ts'

export const alertSchema = z.object({
  id: z.int(),
  raisedAt: z.date(),
  resolvedAt: z.date().nullable(),
  cause: alertCauseSchema,
  severity: severitySchema,
  component: z.string(),
  message: z.string(),
  trialId: z.string().nullable(),
  metric: z.string().nullable().describe('The metric, for an alert about a threshold or an anomaly'),
  subject: z.string().nullable().describe('The agent or component to which the metric belongs'),
  acknowledgedAt: z.date().nullable(),
  acknowledgedBy: z.string().nullable(),
  acknowledgement: z.string().nullable().describe('The note of the person who acknowledged it'),
})
export type AlertView = z.infer<typeof alertSchema>

const usualAlerts = 100

/** The alerts that match, newest first. @param query by default, the open ones */
export async function readAlerts(
  { db }: StoredContext,
  { limit = usualAlerts, after, isOpen = true, ...filter }: AlertFilter & ListRange = {},
): Promise<Page<AlertView>> {
  const wanted = { ...filter, isOpen }
  return await readPage(
    listAlerts(db, { ...wanted, limit, after }).then((alerts) => alerts.map(toAlertView)),
    countAlerts(db, wanted),
  )
}

export const toAlertView = ({ told: _, ...alert }: Alert): AlertView => alert
