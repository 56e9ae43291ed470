/** The events of a period of time, in sums that stay small however long it is. */
import { type RawBuilder, sql } from 'kysely'
import type { Severity } from '../model/bottleneck.ts'
import type { CycleState } from '../model/records.ts'
import type { Database } from './database.ts'

export interface Period {
  from: Date
  /** Not included. */
  to: Date
}

/** How many cycles began in a period, by state. */
export async function countCyclesByState(db: Database, { from, to }: Period): Promise<Partial<Record<CycleState, number>>> {
  const rows = await db
    .selectFrom('cycles')
    .where('startedAt', '>=', from)
    .where('startedAt', '<', to)
    .groupBy('state')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** Whose bottlenecks are meant: of a period, or of a cycle; of all components, or of an agent. */
export type BottleneckScope = (Period | { cycleId: string }) & { agentId?: string | undefined }

/** How many bottlenecks were found by time and severity, oldest first. @param stepMs the length of a step of time, whole seconds */
export async function countBottlenecksByTime(
  db: Database,
  scope: BottleneckScope,
  stepMs: number,
): Promise<{ at: Date; severity: Severity; count: number }[]> {
  const seconds = sql.lit(stepMs / 1_000)
  const at = sql<Date>`to_timestamp(floor(extract(epoch from detected_at) / ${seconds}) * ${seconds})`
  const { rows } = await sql<{ at: Date; severity: Severity; count: number }>`
    select ${at} as at, severity, count(*)::int as count from bottlenecks where ${within(scope)}
    group by 1, 2 order by 1, 2`.execute(db)
  return rows
}

/** Bottlenecks of the same component, type and metric, as one. */
export interface RecurringBottleneck {
  component: string
  type: string
  metric: string | null
  worst: Severity
  /** How many cycles found it. */
  count: number
  firstAt: Date
  lastAt: Date
  /** The newest one. */
  description: string
}

/** The bottlenecks that were found most often, the worst first. @param without types that are left out */
export async function listRecurringBottlenecks(
  db: Database,
  scope: BottleneckScope,
  limit: number,
  without: readonly string[] = [],
): Promise<RecurringBottleneck[]> {
  const rank = sql`array_position(array['low', 'medium', 'high', 'critical'], severity)`
  const { rows } = await sql<RecurringBottleneck>`
    select affected_component as component, type, metric,
      (array['low', 'medium', 'high', 'critical'])[max(${rank})] as worst,
      count(*)::int as count, min(detected_at) as "firstAt", max(detected_at) as "lastAt",
      (array_agg(description order by id desc))[1] as description
    from bottlenecks where ${within(scope)} and type <> all(${[...without]}::text[])
    group by affected_component, type, metric
    order by max(${rank}) desc, count desc, component, type, metric limit ${limit}`.execute(db)
  return rows
}

function within(scope: BottleneckScope): RawBuilder<boolean> {
  const time =
    'cycleId' in scope ? sql`cycle_id = ${scope.cycleId}` : sql`detected_at >= ${scope.from} and detected_at < ${scope.to}`
  return scope.agentId === undefined ? sql`${time}` : sql`${time} and affected_component = ${scope.agentId}`
}
