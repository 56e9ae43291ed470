import { sql } from 'kysely'
import type { OptimizationResult } from '../model/result.ts'
import type { Database } from './database.ts'

/** A result whose present standing the strategic orchestrator does not know. */
export interface UnreportedResult {
  result: OptimizationResult
  /** Null if the trial ran outside a cycle. */
  cycleId: string | null
  /** How it stood when it was read. */
  reportable: string
}

/** Results of any trial, and changes that were undone, restored or called harmful since they were reported; newest trials first. */
export async function listUnreportedResults(db: Database, limit: number): Promise<UnreportedResult[]> {
  const rows = await db
    .selectFrom('optimizationResults')
    .where(sql<boolean>`reported is distinct from reportable`)
    .orderBy('timestamp', 'desc')
    .limit(limit)
    .select(['content', 'cycleId', 'reportable'])
    .execute()
  return rows.map(({ content, ...row }) => ({ result: content, ...row }))
}

/** Records the results that were reported to the orchestrator. Those that have changed in the meantime stay unreported. */
export async function markResultsReported(db: Database, told: readonly UnreportedResult[]): Promise<void> {
  const ids = told.map(({ result }) => result.strategy.id)
  const states = told.map(({ reportable }) => reportable)
  await sql`
    update optimization_results as known set reported = told.state
    from unnest(${ids}::text[], ${states}::text[]) as told (id, state) where known.strategy_id = told.id`.execute(db)
}
