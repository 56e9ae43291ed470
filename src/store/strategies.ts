import type { Selectable } from 'kysely'
import type { Strategy } from '../model/strategy.ts'
import { groupByCycle } from './cycles.ts'
import type { Database } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'

/** Stores strategies in their order; those already stored are left unchanged. */
export async function insertStrategies(db: Database, cycleId: string | null, strategies: Strategy[]): Promise<void> {
  if (strategies.length === 0) return
  await db
    .insertInto('strategies')
    .values(
      strategies.map((strategy, position) => ({
        id: strategy.id,
        cycleId,
        agentId: strategy.agentId,
        type: strategy.type,
        priority: strategy.priority,
        position,
        content: JSON.stringify(strategy),
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function findStrategy(db: Database, id: string): Promise<Strategy | undefined> {
  const row = await db.selectFrom('strategies').where('id', '=', id).select('content').executeTakeFirst()
  return row?.content
}

/** Records that a rollback, requested at that time, found no trial of a strategy. */
export async function recordStrategyWithdrawal(db: Database, id: string, at: Date): Promise<void> {
  await db.updateTable('strategies').set({ withdrawnAt: at }).where('id', '=', id).execute()
}

/** When the latest rollback that found no trial of a strategy was requested. */
export async function findWithdrawalTime(db: Database, id: string): Promise<Date | null> {
  const row = await db.selectFrom('strategies').where('id', '=', id).select('withdrawnAt').executeTakeFirst()
  return row?.withdrawnAt ?? null
}

export type StrategyRecord = Selectable<OptimizationTables['strategies']>

/** A strategy with when and by which cycle it was planned, and why it was not carried out. */
export function findStrategyRecord(db: Database, id: string): Promise<StrategyRecord | undefined> {
  return db.selectFrom('strategies').where('id', '=', id).selectAll().executeTakeFirst()
}

/** The first strategy of the same type that was planned for an agent of a kind after this one. */
export async function findNextStrategy(
  db: Database,
  { id, type }: Pick<Strategy, 'id' | 'type'>,
  kind: string,
): Promise<Strategy | undefined> {
  const row = await db
    .selectFrom('strategies')
    .innerJoin('agents', 'agents.agentId', 'strategies.agentId')
    .where('type', '=', type)
    .where('kind', '=', kind)
    .where('strategies.createdAt', '>', (eb) =>
      eb.selectFrom('strategies as planned').where('planned.id', '=', id).select('planned.createdAt'),
    )
    .orderBy('strategies.createdAt')
    .limit(1)
    .select('content')
    .executeTakeFirst()
  return row?.content
}

/** The strategies that a cycle planned for an agent but did not carry out, and why. */
export async function listSkippedStrategies(
  db: Database,
  cycleId: string,
  agentId: string,
): Promise<{ strategy: Strategy; because: string }[]> {
  const rows = await db
    .selectFrom('strategies')
    .leftJoin('trials', 'trials.id', 'strategies.id')
    .where('cycleId', '=', cycleId)
    .where('strategies.agentId', '=', agentId)
    .where('leftBecause', 'is not', null)
    .where('trials.id', 'is', null)
    .select(['content', 'leftBecause'])
    .execute()
  return rows.map(({ content, leftBecause }) => ({ strategy: content, because: leftBecause! }))
}

/** Records why a strategy is not carried out; the last reason counts. */
export async function markStrategySkipped(db: Database, id: string, reason: string): Promise<void> {
  await db.updateTable('strategies').set({ leftBecause: reason }).where('id', '=', id).execute()
}

/** The strategies of a cycle, best first. @param limit by default all */
export async function listCycleStrategies(db: Database, cycleId: string, limit?: number): Promise<Strategy[]> {
  const rows = await db
    .selectFrom('strategies')
    .where('cycleId', '=', cycleId)
    .orderBy('position')
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .select('content')
    .execute()
  return rows.map(({ content }) => content)
}

/** How many strategies a cycle planned. */
export async function countCycleStrategies(db: Database, cycleId: string): Promise<number> {
  const { count } = await db
    .selectFrom('strategies')
    .where('cycleId', '=', cycleId)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The strategies of several cycles, by cycle, best first; cycles without any are missing. */
export async function loadStrategiesByCycle(db: Database, cycleIds: readonly string[]): Promise<Map<string, Strategy[]>> {
  if (cycleIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('strategies')
    .where('cycleId', 'in', cycleIds)
    .orderBy('position')
    .select(['cycleId', 'content'])
    .execute()
  return groupByCycle(rows)
}
