import { z } from 'zod'
import { restoreOutcomeSchema } from '../model/restore-outcome.ts'
import { countRestores, listRestores, type RestoreFilter } from '../store/restores.ts'
import { findRunningRestore } from '../temporal/running-restores.ts'
import type { ReadContext } from './context.ts'
import { type ListRange, type Page, readPage } from './list-extent.ts'
import { readFromTemporal } from './temporal.ts'

export const restoreViewSchema = z.object({
  id: z.int(),
  workflowId: z.string().describe('The id to pass to `giveUp` to end the restore while it waits for instances'),
  agentId: z.string(),
  trialId: z.string().nullable().describe('The trial whose change is rolled back; null for a restore of the agent'),
  target: z.string().describe('What is restored, in words'),
  requestedBy: z.string().describe('A person, or `optimizer`'),
  reason: z.string(),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  isRunning: z
    .boolean()
    .describe(
      'Whether the restore is running; also false if its workflow was terminated, and true if Temporal is not responding',
    ),
  outcome: restoreOutcomeSchema.nullable().describe('The outcome; null if the restore has not ended, or has failed'),
  issues: z.array(z.string()).describe('Settings that could not be restored, instances that do not have them, and why'),
})
export type RestoreView = z.infer<typeof restoreViewSchema>

/** The restores that match, newest first. */
export async function readRestores(
  context: ReadContext,
  { limit = 20, after, ...filter }: RestoreFilter & ListRange,
): Promise<Page<RestoreView>> {
  const { db, temporal } = context
  const { items, total } = await readPage(listRestores(db, { ...filter, limit, after }), countRestores(db, filter))
  const isRunning = async (workflowId: string, runId: string) => {
    const found = await readFromTemporal(context, async () => ({ handle: await findRunningRestore(temporal, workflowId, runId) }))
    return found === undefined || found.handle !== undefined
  }
  const views = items.map(async ({ runId, ...restore }) => ({
    ...restore,
    isRunning: restore.endedAt === null && (await isRunning(restore.workflowId, runId)),
  }))
  return { items: await Promise.all(views), total }
}
