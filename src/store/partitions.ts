import { sql } from 'kysely'
import { type Database, inTransaction } from './database.ts'

const dayMs = 86_400_000

/**
 * Creates the daily partitions of `agent_executions` from the day of `from` (UTC) on; existing ones are left unchanged.
 * Rows of a new partition's day that are in the default partition are moved.
 */
export async function ensurePartitions(db: Database, from: Date, days: number): Promise<void> {
  const first = Math.floor(from.getTime() / dayMs) * dayMs
  for (let day = 0; day < days; day++) await ensurePartition(db, new Date(first + day * dayMs))
}

async function ensurePartition(db: Database, from: Date): Promise<void> {
  const name = `agent_executions_${from.toISOString().slice(0, 10).replaceAll('-', '')}`
  if (await exists(db, name)) return
  const to = new Date(from.getTime() + dayMs)
  await inTransaction(db, async (db) => {
    // Keeps others from adding rows of that day to the default partition during the move, and from creating the same partition.
    await sql`lock table agent_executions_default in access exclusive mode`.execute(db)
    if (await exists(db, name)) return
    const partition = sql.table(name)
    const columns = await writtenColumns(db)
    await sql`create table ${partition} (like agent_executions including all)`.execute(db)
    await sql`
      with moved as (
        delete from agent_executions_default where timestamp >= ${from} and timestamp < ${to} returning ${columns}
      )
      insert into ${partition} (${columns}) select ${columns} from moved`.execute(db)
    await sql`
      alter table agent_executions attach partition ${partition}
        for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(db)
  })
}

async function exists(db: Database, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass(${name}) is not null as found`.execute(db)
  return rows[0]!.found
}

/** All columns except the generated ones, which PostgreSQL computes again. */
async function writtenColumns(db: Database) {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = 'agent_executions'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum`.execute(db)
  return sql.join(rows.map(({ name }) => sql.ref(name)))
}
