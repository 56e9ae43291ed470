/** The record of the objectives that people set by command: every change with who and why. */
import { mergeObjectives, type Objective, type ObjectiveScope } from '../model/objective.ts'
import type { RecordedObjectiveChange } from '../model/records.ts'
import type { Database } from './database.ts'
import { countRows } from './newest-first.ts'

/** Records that an objective was set for a scope, or cleared if it is null. */
export async function recordObjectiveChange(
  db: Database,
  { agent, kind }: ObjectiveScope,
  { objective, by, reason }: { objective: Objective | null; by: string; reason: string },
): Promise<RecordedObjectiveChange & { id: number }> {
  const row = { agent: agent ?? null, kind: kind ?? null, changedBy: by, reason }
  return await db
    .insertInto('objectiveChanges')
    .values({ ...row, objective: objective && JSON.stringify(objective) })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The newest change of each scope that was ever changed. */
export function listLatestObjectiveChanges(db: Database): Promise<(RecordedObjectiveChange & { id: number })[]> {
  return db
    .selectFrom('objectiveChanges')
    .distinctOn(['agent', 'kind'])
    .orderBy('agent')
    .orderBy('kind')
    .orderBy('id', 'desc')
    .selectAll()
    .execute()
}

/** The objectives in force: those set by command, and those of the configuration for all other scopes. */
export async function loadObjectives(db: Database, configured: readonly Objective[]): Promise<Objective[]> {
  return mergeObjectives(configured, await listLatestObjectiveChanges(db))
}

/** Newest first. */
export function listObjectiveChanges(db: Database, limit = 100): Promise<(RecordedObjectiveChange & { id: number })[]> {
  return db.selectFrom('objectiveChanges').orderBy('id', 'desc').limit(limit).selectAll().execute()
}

/** The number of recorded changes. */
export const countObjectiveChanges = (db: Database): Promise<number> => countRows(db.selectFrom('objectiveChanges'))
