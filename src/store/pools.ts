/** Trials that are judged together. */
import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'
import type { Trial } from './trials.ts'

export type PoolDecision = Pick<Selectable<OptimizationTables['poolDecisions']>, 'verdict' | 'reason' | 'judged'>

/** The trials of a pool that have begun, in the order of their ids. */
export function listPoolTrials(db: Database, poolId: string): Promise<Trial[]> {
  return db.selectFrom('trials').where('poolId', '=', poolId).orderBy('id').selectAll().execute()
}

/** The decision of a pool; undefined while there is none. */
export function findPoolDecision(db: Database, poolId: string): Promise<PoolDecision | undefined> {
  return db.selectFrom('poolDecisions').where('poolId', '=', poolId).select(['verdict', 'reason', 'judged']).executeTakeFirst()
}

/**
 * Records the decision of a pool, and returns the one that counts: the first, unless harm is found after it, which overrides it.
 */
export async function recordPoolDecision(
  db: Database,
  poolId: string,
  { verdict, reason, judged }: PoolDecision,
): Promise<PoolDecision> {
  const decision = { verdict, reason, judged: judged && JSON.stringify(judged) }
  await db
    .insertInto('poolDecisions')
    .values({ poolId, ...decision })
    .onConflict((conflict) =>
      conflict
        .column('poolId')
        .doUpdateSet({ ...decision, decidedAt: new Date() })
        .where('poolDecisions.verdict', '!=', 'roll-back')
        .where('excluded.verdict', '=', 'roll-back'),
    )
    .execute()
  return (await findPoolDecision(db, poolId))!
}
