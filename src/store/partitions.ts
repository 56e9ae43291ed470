import { sql } from 'kysely'
import { withBriefLocks } from './brief-locks.ts'
import type { Database } from './database.ts'

const dayMs = 86_400_000

/** A table in partitions by the time of its rows. */
export interface PartitionedTable {
  name: string
  /** The column with the time. */
  moment: string
  /** How many days a partition spans; a query that names no time visits all of them, so most tables have few. */
  days: 1 | 7 | 28
}

export const partitionedTables: readonly PartitionedTable[] = [
  { name: 'agent_executions', moment: 'timestamp', days: 1 },
  { name: 'agent_messages', moment: 'timestamp', days: 7 },
  { name: 'agent_decisions', moment: 'timestamp', days: 7 },
  { name: 'agent_state', moment: 'timestamp', days: 7 },
  { name: 'agent_self_reports', moment: 'timestamp', days: 7 },
  { name: 'trial_samples', moment: 'timestamp', days: 7 },
  { name: 'system_metrics', moment: 'timestamp', days: 1 },
  { name: 'system_metrics_minutes', moment: 'at', days: 7 },
  { name: 'system_metrics_hours', moment: 'at', days: 28 },
]

/** A partition of a table. Those without a start or an end, of old and of untimely rows, are never full. */
export interface Partition {
  name: string
  from: Date | null
  to: Date | null
}

/** All partitions of the partitioned tables, by table. */
export async function loadPartitions(db: Database): Promise<Map<PartitionedTable, Partition[]>> {
  const { rows } = await sql<{ table: string; name: string }>`
    select parent.relname as table, child.relname as name
    from pg_inherits join pg_class parent on parent.oid = inhparent join pg_class child on child.oid = inhrelid
    where parent.relkind = 'p' and parent.relnamespace = current_schema()::regnamespace`.execute(db)
  const names = Map.groupBy(rows, ({ table }) => table)
  return new Map(
    partitionedTables.map((table) => [table, (names.get(table.name) ?? []).map(({ name }) => parsePartition(table, name))]),
  )
}

/** The times of a partition are in its name: `table_yyyymmdd`, or `table_until_yyyymmdd` for all before. */
function parsePartition({ name: table, days }: PartitionedTable, name: string): Partition {
  const [, until, year, month, day] = /^(_until)?_(\d{4})(\d\d)(\d\d)$/.exec(name.slice(table.length)) ?? []
  if (!year) return { name, from: null, to: null }
  const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  return until ? { name, from: null, to: new Date(at) } : { name, from: new Date(at), to: new Date(at + days * dayMs) }
}

/**
 * Creates the partitions for `days` days from the day of `from` (UTC) on; existing ones are left unchanged. Rows of a new partition that
 * are in the default partition are moved.
 * @param only the tables concerned, by default all
 */
export async function ensurePartitions(db: Database, from: Date, days: number, only?: readonly string[]): Promise<void> {
  for (const [table, partitions] of await loadPartitions(db)) {
    if (only && !only.includes(table.name)) continue
    const spanMs = table.days * dayMs
    const end = (Math.floor(from.getTime() / dayMs) + days) * dayMs
    for (let start = Math.floor(from.getTime() / spanMs) * spanMs; start < end; start += spanMs) {
      const isCovered = partitions.some(({ from, to }) => to && to.getTime() > start && (!from || from.getTime() <= start))
      if (!isCovered) await createPartition(db, table, new Date(start), new Date(start + spanMs))
    }
  }
}

async function createPartition(db: Database, { name, moment }: PartitionedTable, from: Date, to: Date): Promise<void> {
  const [table, standard, column] = [sql.table(name), sql.table(`${name}_default`), sql.ref(moment)]
  const newName = `${name}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`
  const partition = sql.table(newName)
  await withBriefLocks(db, async (db) => {
    // Keeps others from adding rows of that time to the default partition during the move, and from creating the same partition.
    await sql`lock table ${standard} in access exclusive mode`.execute(db)
    if (await exists(db, newName)) return
    const columns = await listWrittenColumns(db, name)
    await sql`create table ${partition} (like ${table} including all)`.execute(db)
    await sql`
      with moved as (
        delete from ${standard} where ${column} >= ${from} and ${column} < ${to} returning ${columns}
      )
      insert into ${partition} (${columns}) select ${columns} from moved`.execute(db)
    await sql`
      alter table ${table} attach partition ${partition}
        for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(db)
  })
}

async function exists(db: Database, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass(${name}) is not null as found`.execute(db)
  return rows[0]!.found
}

/** All columns except the generated ones, which PostgreSQL computes again. */
async function listWrittenColumns(db: Database, table: string) {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum`.execute(db)
  return sql.join(rows.map(({ name }) => sql.ref(name)))
}
