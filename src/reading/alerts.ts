import { z } from 'zod'
import { alertCauseSchema } from '../model/alert.ts'
import { severitySchema } from '../model/bottleneck.ts'
import { type Alert, type AlertFilter, countAlerts, listAlerts, listOpenAlerts } from '../store/alerts.ts'
import type { StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

export const alertSchema = z.object({
  id: z.int(),
  raisedAt: z.date(),
  resolvedAt: z.date().nullable(),
  cause: alertCauseSchema,
  severity: severitySchema,
  component: z.string(),
  message: z.string(),
  trialId: z.string().nullable(),
  metric: z.string().nullable().describe('For an alert about a threshold or an anomaly'),
  subject: z.string().nullable().describe('The agent or component whose metric it is'),
  acknowledgedAt: z.date().nullable(),
  acknowledgedBy: z.string().nullable(),
  acknowledgement: z.string().nullable().describe('What the person who acknowledged it said'),
})
export type AlertView = z.infer<typeof alertSchema>

const usualAlerts = 100

/**
 * Alerts, newest first: the open ones, or all that match.
 * @param after only older ones than that with this id
 */
export async function readAlerts(
  { db }: StoredContext,
  limit = usualAlerts,
  includesResolved = false,
  { after, ...filter }: AlertFilter & { after?: number | undefined } = {},
): Promise<Page<AlertView>> {
  if (includesResolved)
    return await readPage(
      listAlerts(db, limit, { ...filter, after }).then((alerts) => alerts.map(toView)),
      countAlerts(db, filter),
    )
  const open = await listOpenAlerts(db)
  return { items: open.slice(0, limit).map(toView), total: open.length }
}

export const toView = ({ told: _, ...alert }: Alert): AlertView => alert
