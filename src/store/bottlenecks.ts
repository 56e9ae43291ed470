import type { Bottleneck } from '../model/bottleneck.ts'
import { groupByCycle } from './cycles.ts'
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
export async function listBottlenecks(db: Database, cycleId: string): Promise<Bottleneck[]> {
  return (await loadBottlenecksByCycle(db, [cycleId])).get(cycleId) ?? []
}

/** The bottlenecks of several cycles by cycle id, in the order of detection; cycles without any are left out. */
export async function loadBottlenecksByCycle(db: Database, cycleIds: readonly string[]): Promise<Map<string, Bottleneck[]>> {
  if (cycleIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bottlenecks')
    .where('cycleId', 'in', cycleIds)
    .orderBy('id')
    .select(['cycleId', 'type', 'severity', 'affectedComponent', 'description', 'impact', 'suggestedFix'])
    .execute()
  return groupByCycle(rows.map(({ cycleId, ...content }) => ({ cycleId, content })))
}
