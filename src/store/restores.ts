/** The record of restores: who asked for what, and how it ended. */
import { type Insertable, type Selectable, sql } from 'kysely'
import type { RestoreOutcome } from '../model/restore-outcome.ts'
import type { Database } from './database.ts'
import { countRows, isWithin, type PageRange, paginateNewestFirst, type TimeFilter } from './newest-first.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type RecordedRestore = Selectable<OptimizationTables['restores']>
export type NewRestore = Pick<
  Insertable<OptimizationTables['restores']>,
  'workflowId' | 'runId' | 'agentId' | 'trialId' | 'target' | 'requestedBy' | 'reason'
>

/** Records the start of a restore; repeating it for the same run changes nothing. */
export async function recordRestoreStart(db: Database, restore: NewRestore): Promise<void> {
  await db
    .insertInto('restores')
    .values(restore)
    .onConflict((conflict) => conflict.column('runId').doNothing())
    .execute()
}

/** Records how a restore ended; its first end counts. @param outcome null if it failed */
export async function recordRestoreEnd(
  db: Database,
  runId: string,
  { outcome, issues }: { outcome: RestoreOutcome | null; issues: readonly string[] },
): Promise<void> {
  await db
    .updateTable('restores')
    .set({ outcome, issues: JSON.stringify(issues), endedAt: sql<Date>`now()` })
    .where('runId', '=', runId)
    .where('endedAt', 'is', null)
    .execute()
}

/** The latest run of a restore. */
export function findLatestRestore(db: Database, workflowId: string): Promise<RecordedRestore | undefined> {
  return db
    .selectFrom('restores')
    .where('workflowId', '=', workflowId)
    .orderBy('id', 'desc')
    .limit(1)
    .selectAll()
    .executeTakeFirst()
}

/** A filter for restores by when they started, among others; by default all. */
export interface RestoreFilter extends TimeFilter {
  agentId?: string | undefined
}

const matching = (db: Database, { agentId, ...time }: RestoreFilter) =>
  db
    .selectFrom('restores')
    .$if(agentId !== undefined, (query) => query.where('agentId', '=', agentId!))
    .where(isWithin('startedAt', time))

/** Those that match, newest first. */
export const listRestores = (db: Database, { limit, after, ...filter }: RestoreFilter & PageRange): Promise<RecordedRestore[]> =>
  paginateNewestFirst(matching(db, filter), { limit, after }).selectAll().execute()

/** How many restores match. */
export const countRestores = (db: Database, filter: RestoreFilter): Promise<number> => countRows(matching(db, filter))
