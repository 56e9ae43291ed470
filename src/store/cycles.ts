import { type Selectable, sql } from 'kysely'
import type { Reassessment } from '../model/reassessment.ts'
import type { CyclePhases, CycleState } from '../model/records.ts'
import type { ImpactSummary } from '../model/result.ts'
import type { Database } from './database.ts'
import { countRows, isWithin, paginateNewestFirstByTime, type TimeFilter } from './newest-first.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type Cycle = Selectable<OptimizationTables['cycles']>

/** Records the start of a cycle; repeating it for the same run changes nothing, a new run of the same workflow id starts over. */
export async function recordCycleStart(
  db: Database,
  cycle: { id: string; runId: string; target?: string | null; dryRun?: boolean },
): Promise<void> {
  const row = { runId: cycle.runId, target: cycle.target ?? null, dryRun: cycle.dryRun ?? false, state: 'running' as const }
  await db
    .insertInto('cycles')
    .values({ id: cycle.id, ...row })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({
          ...row,
          phases: '{}',
          skipped: '[]',
          impact: null,
          reassessment: null,
          startedAt: sql<Date>`now()`,
          endedAt: null,
        })
        .whereRef('cycles.runId', '!=', 'excluded.runId'),
    )
    .execute()
}

/** Adds the durations of phases to those already recorded. */
export async function updateCyclePhases(db: Database, id: string, phases: CyclePhases): Promise<void> {
  await db.updateTable('cycles').set(mergedPhases(phases)).where('id', '=', id).execute()
}

/** Records what a cycle skipped, and why. */
export async function recordCycleSkips(db: Database, id: string, skipped: readonly string[]): Promise<void> {
  await db
    .updateTable('cycles')
    .set({ skipped: JSON.stringify(skipped) })
    .where('id', '=', id)
    .execute()
}

export async function recordCycleEnd(
  db: Database,
  id: string,
  {
    state,
    phases,
    impact,
    reassessment,
  }: { state: Exclude<CycleState, 'running'>; phases?: CyclePhases; impact?: ImpactSummary; reassessment?: Reassessment },
): Promise<void> {
  await db
    .updateTable('cycles')
    .set({
      state,
      impact: impact && JSON.stringify(impact),
      reassessment: reassessment && JSON.stringify(reassessment),
      endedAt: sql<Date>`now()`,
      ...(phases && mergedPhases(phases)),
    })
    .where('id', '=', id)
    .execute()
}

/** Records that a cycle's workflow ended without closing its record; a cycle that has ended in the meantime is left unchanged. */
export async function recordCycleAbandonment(db: Database, id: string): Promise<void> {
  await db
    .updateTable('cycles')
    .set({ state: 'failed', endedAt: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute()
}

/** Cycles by when they started. */
const matching = (db: Database, time: TimeFilter) => db.selectFrom('cycles').where(isWithin('startedAt', time))

/** The latest cycles that match, newest first. @param after only older ones than that with this id */
export function listLatestCycles(
  db: Database,
  limit = 20,
  { after, ...filter }: TimeFilter & { after?: string | undefined } = {},
): Promise<Cycle[]> {
  const order = { table: 'cycles', time: 'startedAt', id: 'id' } as const
  return paginateNewestFirstByTime(matching(db, filter), order, { limit, after }).selectAll().execute()
}

/** The number of recorded cycles that match. */
export const countCycles = (db: Database, filter: TimeFilter = {}): Promise<number> => countRows(matching(db, filter))

/** The newest cycle that could have changed an agent. */
export function findLatestCycle(db: Database, agentId: string): Promise<Cycle | undefined> {
  return db
    .selectFrom('cycles')
    .where('dryRun', '=', false)
    .where((eb) => eb.or([eb('target', 'is', null), eb('target', '=', agentId)]))
    .orderBy('startedAt', 'desc')
    .limit(1)
    .selectAll()
    .executeTakeFirst()
}

/** Cycles that have not ended, oldest first. */
export function listOpenCycles(db: Database): Promise<Cycle[]> {
  return db.selectFrom('cycles').where('state', '=', 'running').orderBy('startedAt').selectAll().execute()
}

/** The cycles with these ids, in any order. */
export async function listCycles(db: Database, ids: readonly string[]): Promise<Cycle[]> {
  return ids.length === 0 ? [] : await db.selectFrom('cycles').where('id', 'in', ids).selectAll().execute()
}

export function findCycle(db: Database, id: string): Promise<Cycle | undefined> {
  return db.selectFrom('cycles').where('id', '=', id).selectAll().executeTakeFirst()
}

/** Groups the contents of rows by their cycle. */
export function groupByCycle<T>(rows: readonly { cycleId: string | null; content: T }[]): Map<string, T[]> {
  const groups = Map.groupBy(rows, ({ cycleId }) => cycleId ?? '')
  return new Map([...groups].map(([cycleId, ofCycle]) => [cycleId, ofCycle.map(({ content }) => content)]))
}

const mergedPhases = (phases: CyclePhases) => ({ phases: sql<string>`phases || ${JSON.stringify(phases)}::jsonb` })
