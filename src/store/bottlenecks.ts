import type { Bottleneck, ImpactUnit } from '../model/bottleneck.ts'
import type { MetricName } from '../model/metric.ts'
import { groupByCycle } from './cycles.ts'
import type { Database } from './database.ts'
import { type Columns, float, insertRows, text } from './insert-rows.ts'

/** Stores the bottlenecks that a cycle found, in place of those of an earlier run of the cycle. */
export async function replaceBottlenecks(
  db: Database,
  cycleId: string,
  snapshotId: string | null,
  bottlenecks: Bottleneck[],
): Promise<void> {
  await db.deleteFrom('bottlenecks').where('cycleId', '=', cycleId).execute()
  const columns: Columns<Bottleneck> = {
    snapshot_id: text(() => snapshotId),
    type: text(({ type }) => type),
    severity: text(({ severity }) => severity),
    affected_component: text(({ affectedComponent }) => affectedComponent),
    description: text(({ description }) => description),
    impact: float(({ impact }) => impact),
    impact_unit: text(({ impactUnit }) => impactUnit),
    suggested_fix: text(({ suggestedFix }) => suggestedFix),
    metric: text(({ metric }) => metric),
  }
  await insertRows(db, { table: 'bottlenecks', same: { cycle_id: cycleId }, columns }, bottlenecks)
}

/** The bottlenecks that a cycle found, in the order of detection. */
export async function listBottlenecks(db: Database, cycleId: string): Promise<Bottleneck[]> {
  return (await loadBottlenecksByCycle(db, [cycleId])).get(cycleId) ?? []
}

/** The newest bottlenecks of all cycles, newest first. */
export async function listRecentBottlenecks(db: Database, limit: number) {
  const rows = await db
    .selectFrom('bottlenecks')
    .orderBy('id', 'desc')
    .limit(limit)
    .select([
      'cycleId',
      'detectedAt',
      'type',
      'severity',
      'affectedComponent',
      'description',
      'impact',
      'impactUnit',
      'suggestedFix',
      'metric',
    ])
    .execute()
  return rows.map(toBottleneck)
}

/** How many bottlenecks are on record. */
export async function countBottlenecks(db: Database): Promise<number> {
  const row = await db
    .selectFrom('bottlenecks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}

/** The bottlenecks of several cycles, by cycle, in the order of detection; cycles without any are missing. */
export async function loadBottlenecksByCycle(db: Database, cycleIds: readonly string[]): Promise<Map<string, Bottleneck[]>> {
  if (cycleIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bottlenecks')
    .where('cycleId', 'in', cycleIds)
    .orderBy('id')
    .select(['cycleId', 'type', 'severity', 'affectedComponent', 'description', 'impact', 'impactUnit', 'suggestedFix', 'metric'])
    .execute()
  return groupByCycle(rows.map(({ cycleId, ...row }) => ({ cycleId, content: toBottleneck(row) })))
}

/** A row without what it does not say. */
export const toBottleneck = <Row extends { metric: MetricName | null; impactUnit: ImpactUnit | null }>({
  metric,
  impactUnit,
  ...row
}: Row) => ({ ...row, ...(metric !== null && { metric }), ...(impactUnit !== null && { impactUnit }) })
