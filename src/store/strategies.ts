import type { Strategy } from '../model/strategy.ts'
import type { Database } from './database.ts'

/** Stores strategies in their order; those that are stored already are left as they are. */
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

export async function strategy(db: Database, id: string): Promise<Strategy | undefined> {
  const row = await db.selectFrom('strategies').where('id', '=', id).select('content').executeTakeFirst()
  return row?.content
}

/** What a cycle proposed, best first. */
export async function strategiesOf(db: Database, cycleId: string): Promise<Strategy[]> {
  const rows = await db.selectFrom('strategies').where('cycleId', '=', cycleId).orderBy('position').select('content').execute()
  return rows.map((row) => row.content)
}
