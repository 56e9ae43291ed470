import { sql } from 'kysely'
import { type Bottleneck, type ImpactUnit, type Severity, severitySchema } from '../model/bottleneck.ts'
import type { MetricName } from '../model/metric.ts'
import { groupByCycle } from './cycles.ts'
import type { Database } from './database.ts'
import { type Columns, float, insertRows, text } from './insert-rows.ts'
import { countRows, isWithin, type PageRange, paginateNewestFirst, type TimeFilter } from './newest-first.ts'

/** The columns that hold a bottleneck. */
const columns = [
  'type',
  'severity',
  'affectedComponent',
  'description',
  'impact',
  'impactUnit',
  'suggestedFix',
  'metric',
] as const

/** Stores the bottlenecks that a cycle found, in place of those of an earlier run of the cycle. */
export async function replaceBottlenecks(
  db: Database,
  cycleId: string,
  snapshotId: string | null,
  bottlenecks: Bottleneck[],
): Promise<void> {
  await db.deleteFrom('bottlenecks').where('cycleId', '=', cycleId).execute()
  const written: Columns<Bottleneck> = {
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
  await insertRows(db, { table: 'bottlenecks', same: { cycle_id: cycleId }, columns: written }, bottlenecks)
}

/** The bottlenecks that a cycle found, in the order of detection. */
export async function listBottlenecks(db: Database, cycleId: string): Promise<Bottleneck[]> {
  return (await loadBottlenecksByCycle(db, [cycleId])).get(cycleId) ?? []
}

/** The first of the bottlenecks that a cycle found, the most severe ones first. */
export async function listWorstBottlenecks(db: Database, cycleId: string, limit: number): Promise<Bottleneck[]> {
  const rows = await matching(db, { cycleId })
    .orderBy(sql`array_position(${severitySchema.options}::text[], severity)`)
    .orderBy('id')
    .limit(limit)
    .select([...columns])
    .execute()
  return rows.map(toBottleneck)
}

/** A filter for bottlenecks by when they were found, among others; by default all. */
export interface BottleneckFilter extends TimeFilter {
  component?: string | undefined
  cycleId?: string | undefined
  severity?: Severity | undefined
}

const matching = (db: Database, { component, cycleId, severity, ...time }: BottleneckFilter) =>
  db
    .selectFrom('bottlenecks')
    .$if(component !== undefined, (query) => query.where('affectedComponent', '=', component!))
    .$if(cycleId !== undefined, (query) => query.where('cycleId', '=', cycleId!))
    .$if(severity !== undefined, (query) => query.where('severity', '=', severity!))
    .where(isWithin('detectedAt', time))

/** The bottlenecks that match, newest first, each with its cycle and when it was found. */
export async function listFoundBottlenecks(db: Database, { limit, after, ...filter }: BottleneckFilter & PageRange) {
  const rows = await paginateNewestFirst(matching(db, filter), { limit, after })
    .select(['id', 'cycleId', 'detectedAt', ...columns])
    .execute()
  return rows.map(toBottleneck)
}

/** How many bottlenecks match. */
export const countBottlenecks = (db: Database, filter: BottleneckFilter = {}): Promise<number> => countRows(matching(db, filter))

/** The bottlenecks of several cycles, by cycle, in the order of detection; cycles without any are missing. */
export async function loadBottlenecksByCycle(db: Database, cycleIds: readonly string[]): Promise<Map<string, Bottleneck[]>> {
  if (cycleIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bottlenecks')
    .where('cycleId', 'in', cycleIds)
    .orderBy('id')
    .select(['cycleId', ...columns])
    .execute()
  return groupByCycle(rows.map(({ cycleId, ...row }) => ({ cycleId, content: toBottleneck(row) })))
}

/** A row without what it does not say. */
const toBottleneck = <Row extends { metric: MetricName | null; impactUnit: ImpactUnit | null }>({
  metric,
  impactUnit,
  ...row
}: Row) => ({ ...row, ...(metric !== null && { metric }), ...(impactUnit !== null && { impactUnit }) })
