import type { Bottleneck } from '../model/bottleneck.ts'
import type { Database } from './database.ts'

/** Stores the bottlenecks that a cycle found, in place of those of an earlier run of the cycle. */
export async function replaceBottlenecks(
  db: Database,
  cycleId: string,
  snapshotId: string | null,
  bottlenecks: Bottleneck[],
): Promise<void> {
  await db.deleteFrom('bottlenecks').where('cycleId', '=', cycleId).execute()
  if (bottlenecks.length === 0) return
  await db
    .insertInto('bottlenecks')
    .values(bottlenecks.map((bottleneck) => ({ ...bottleneck, cycleId, snapshotId })))
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
