import { type RawBuilder, sql } from 'kysely'
import { withBriefLocks } from './brief-locks.ts'
import type { Database } from './database.ts'
import { loadPartitions, type Partition, type PartitionedTable } from './partitions.ts'
import { mayBeWatched } from './trials.ts'

const dayMs = 86_400_000
/** Pages of 8 KiB that one statement reads through; it deletes their expired rows within some tens of milliseconds. */
const pagesAtOnce = 500

/** Means and extremes of system metrics are kept this many times as long as the metrics; those of a day are kept for ever. */
export const aggregateRetentionFactors: Readonly<Record<string, number>> = { system_metrics_minutes: 2, system_metrics_hours: 8 }

/** The partitions and rows that were removed. */
export interface Removal {
  /** Partitions that were dropped or emptied at once. */
  partitions: string[]
  /** Rows that were deleted one by one, from partitions with rows of any age and from tables without partitions. */
  rows: number
  /** Whether the time was enough for everything. */
  isComplete: boolean
}

/**
 * Removes what is older than the time for which data is kept: whole partitions at once; rows that lie elsewhere in small steps, until the
 * deadline. Locks tables for moments only. While a trial runs, or its kept change is watched, everything stays that was there when it
 * started: verdicts compare with it.
 * @param limits.watchMs how long kept changes are watched (`trials.watchMs`)
 * @param limits.runningRestores the runs of the restores that have not ended: their records stay
 * @param limits.deadline milliseconds since the epoch
 */
export async function removeExpired(
  db: Database,
  {
    retentionDays,
    watchMs,
    runningRestores = [],
    deadline,
    now = Date.now(),
  }: { retentionDays: number; watchMs: number; runningRestores?: readonly string[]; deadline: number; now?: number },
): Promise<Removal> {
  const until = Math.min(now, (await findOldestUndecided(db, watchMs, new Date(now))) ?? now)
  const removal: Removal = { partitions: [], rows: 0, isComplete: true }
  const partitioned = await loadPartitions(db)
  for (const [table, partitions] of partitioned) {
    const cutoff = new Date(until - retentionDays * (aggregateRetentionFactors[table.name] ?? 1) * dayMs)
    for (const partition of partitions) {
      if (partition.to && partition.to <= cutoff) {
        await withBriefLocks(db, (trx) =>
          sql`drop table if exists ${sql.table(partition.name)}`.execute(trx).then(() => undefined),
        )
        removal.partitions.push(partition.name)
      } else if (!partition.from) await removeRows(db, table, partition, cutoff, deadline, removal)
    }
  }
  for (const { table, condition } of plainTables(new Date(until - retentionDays * dayMs), runningRestores))
    await deleteByPage(db, table, condition, deadline, removal)
  return removal
}

/** When the oldest trial started that still runs or whose kept change is watched, in milliseconds since the epoch. */
async function findOldestUndecided(db: Database, watchMs: number, now: Date): Promise<number | undefined> {
  const { startedAt } = await db
    .selectFrom('trials')
    .where((eb) => eb.or([eb('endedAt', 'is', null), mayBeWatched(watchMs, now)]))
    .select(({ fn }) => fn.min<Date | null>('startedAt').as('startedAt'))
    .executeTakeFirstOrThrow()
  return startedAt?.getTime()
}

/** Removes the expired rows of a partition for rows of any age: all at once if there are no others. */
async function removeRows(
  db: Database,
  { moment }: PartitionedTable,
  { name }: Partition,
  cutoff: Date,
  deadline: number,
  removal: Removal,
): Promise<void> {
  const [partition, column] = [sql.table(name), sql.ref(moment)]
  const holds = async (db: Database, condition: RawBuilder<unknown>) => {
    const { rows } = await sql<{ found: boolean }>`select exists (select from ${partition} where ${condition}) as found`.execute(
      db,
    )
    return rows[0]!.found
  }
  if (!(await holds(db, sql`${column} < ${cutoff}`))) return
  // Only rows that arrived in the meantime are looked for under the lock: a summary of pages by time leads to them.
  const isEmptied =
    !(await holds(db, sql`${column} >= ${cutoff}`)) &&
    (await withBriefLocks(db, async (trx) => {
      await sql`lock table ${partition} in access exclusive mode`.execute(trx)
      if (await holds(trx, sql`${column} >= ${cutoff}`)) return false
      await sql`truncate table ${partition}`.execute(trx)
      return true
    }))
  if (isEmptied) removal.partitions.push(name)
  else await deleteByPage(db, name, sql`${column} < ${cutoff}`, deadline, removal)
}

/** Tables without partitions, which grow slowly. Rows that led to a trial stay with the trial. */
const plainTables = (cutoff: Date, runningRestores: readonly string[]) => [
  { table: 'snapshots', condition: sql`taken_at < ${cutoff}` },
  { table: 'agent_profiles', condition: sql`not exists (select from snapshots where id = snapshot_id)` },
  { table: 'performance_profiles', condition: sql`taken_at < ${cutoff}` },
  { table: 'monitoring_gaps', condition: sql`until < ${cutoff}` },
  { table: 'components', condition: sql`seen_at < ${cutoff}` },
  { table: 'alerts', condition: sql`resolved_at < ${cutoff}` },
  { table: 'anomalies', condition: sql`ended_at < ${cutoff}` },
  { table: 'deployments', condition: sql`at < ${cutoff}` },
  // One whose workflow was terminated has no end on record.
  {
    table: 'restores',
    condition: sql`coalesce(ended_at, started_at) < ${cutoff} and (ended_at is not null or run_id <> all(${[...runningRestores]}::text[]))`,
  },
  { table: 'events', condition: sql`at < ${cutoff}` },
  {
    table: 'bottlenecks',
    condition: sql`detected_at < ${cutoff} and not exists (
      select from strategies join trials using (id) where strategies.cycle_id = bottlenecks.cycle_id)`,
  },
]

async function deleteByPage(
  db: Database,
  name: string,
  condition: RawBuilder<unknown>,
  deadline: number,
  removal: Removal,
): Promise<void> {
  const table = sql.table(name)
  const { rows } = await sql<{ pages: number }>`
    select pg_relation_size(${name}::regclass) / current_setting('block_size')::int as pages`.execute(db)
  for (let page = 0; page < rows[0]!.pages; page += pagesAtOnce) {
    if (Date.now() >= deadline) {
      removal.isComplete = false
      return
    }
    const [first, end] = [`(${page},0)`, `(${page + pagesAtOnce},0)`]
    const { numAffectedRows } = await sql`
      delete from ${table} where ctid >= ${first}::tid and ctid < ${end}::tid and ${condition}`.execute(db)
    removal.rows += Number(numAffectedRows ?? 0)
  }
}
