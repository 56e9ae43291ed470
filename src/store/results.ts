import type { OptimizationResult } from '../model/result.ts'
import { groupByCycle } from './cycles.ts'
import type { Database } from './database.ts'

/** Stores the result of a strategy, replacing any earlier one. */
export async function upsertResult(db: Database, cycleId: string | null, result: OptimizationResult): Promise<void> {
  const row = {
    cycleId,
    agentId: result.strategy.agentId,
    type: result.strategy.type,
    verdict: result.verdict,
    success: result.success,
    actualImprovement: result.actualImprovement,
    promisedImprovement: result.promised?.improvement ?? null,
    promisedLow: result.promised?.interval[0] ?? null,
    promisedHigh: result.promised?.interval[1] ?? null,
    content: JSON.stringify(result),
    timestamp: new Date(result.timestamp),
  }
  await db
    .insertInto('optimizationResults')
    .values({ strategyId: result.strategy.id, ...row })
    .onConflict((conflict) => conflict.column('strategyId').doUpdateSet(row))
    .execute()
}

/** The result of a strategy; undefined until its trial is concluded. */
export async function findResult(db: Database, strategyId: string): Promise<OptimizationResult | undefined> {
  const row = await db.selectFrom('optimizationResults').where('strategyId', '=', strategyId).select('content').executeTakeFirst()
  return row?.content
}

/** The results of a cycle's strategies, newest first. */
export async function listCycleResults(db: Database, cycleId: string): Promise<OptimizationResult[]> {
  return (await loadResultsByCycle(db, [cycleId])).get(cycleId) ?? []
}

/** The results of several cycles, by cycle, newest first; cycles without any are missing. */
export async function loadResultsByCycle(db: Database, cycleIds: readonly string[]): Promise<Map<string, OptimizationResult[]>> {
  if (cycleIds.length === 0) return new Map()
  return groupByCycle(await newest(db).where('cycleId', 'in', cycleIds).select('cycleId').execute())
}

/** The latest results for an agent, newest first. */
export async function listAgentResults(db: Database, agentId: string, limit = 200): Promise<OptimizationResult[]> {
  const rows = await newest(db).where('agentId', '=', agentId).limit(limit).execute()
  return rows.map((row) => row.content)
}

/** The latest results of all agents, newest first. */
export async function listResults(db: Database, limit = 1_000): Promise<OptimizationResult[]> {
  const rows = await newest(db).limit(limit).execute()
  return rows.map((row) => row.content)
}

/** How many changes of cycles were proven, and how many not. */
export async function countCycleResults(db: Database): Promise<{ proven: number; unproven: number }> {
  return await db
    .selectFrom('optimizationResults')
    .where('cycleId', 'is not', null)
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere('success', '=', true).as('proven'),
      fn.countAll<number>().filterWhere('success', '=', false).as('unproven'),
    ])
    .executeTakeFirstOrThrow()
}

const newest = (db: Database) => db.selectFrom('optimizationResults').orderBy('timestamp', 'desc').select('content')

/**
 * Marks a change that was kept as rolled back after all.
 * @param judged whether it was rolled back because it did harm; otherwise a person requested it
 */
export async function markResultReverted(db: Database, strategyId: string, issue: string, judged = false): Promise<void> {
  const result = await findResult(db, strategyId)
  if (!result?.success) return
  const content: OptimizationResult = {
    ...result,
    verdict: 'roll-back',
    success: false,
    judged,
    reason: issue,
    issues: [...result.issues, issue],
  }
  await db
    .updateTable('optimizationResults')
    .set({ verdict: 'roll-back', success: false, content: JSON.stringify(content) })
    .where('strategyId', '=', strategyId)
    .execute()
}
