import type { Bottleneck } from '../model/bottleneck.ts'
import type { Database } from './database.ts'

/** Stores the bottlenecks that a cycle found; those already stored are left unchanged. */
export async function insertBottlenecks(
  db: Database,
  cycleId: string,
  snapshotId: string | null,
  bottlenecks: Bottleneck[],
): Promise<void> {
  if (bottlenecks.length === 0) return
  await db
    .insertInto('bottlenecks')
    .values(bottlenecks.map((bottleneck) => ({ ...bottleneck, cycleId, snapshotId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The bottlenecks that a cycle found, in the order of detection. */
export function listBottlenecks(db: Database, cycleId: string): Promise<Bottleneck[]> {
  return db
    .selectFrom('bottlenecks')
    .where('cycleId', '=', cycleId)
    .orderBy('id')
    .select(['type', 'severity', 'affectedComponent', 'description', 'impact', 'suggestedFix'])
    .execute()
}
