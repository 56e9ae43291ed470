/** How long the removal of old system metrics takes, and how long it delays those who insert meanwhile. */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../src/store/database.ts'
import { ensurePartitions, loadPartitions } from '../src/store/partitions.ts'
import { removeExpired } from '../src/store/retention.ts'
import { recordSystemMetrics } from '../src/store/system-metrics.ts'
import { startBenchDatabase } from './loaded-database.ts'
import type { Bench } from './timing.ts'

const dayMs = 86_400_000
const days = 100
const keptDays = 90
const undisturbedMs = 5_000

/** Readings spread over 100 days, 90 of which are kept; by default 1 million, or as many millions as the command line says. */
export const retention: Bench = {
  name: 'retention',
  async run([millions = '1'] = []) {
    const { db, stop } = await startBenchDatabase()
    try {
      const now = Date.now()
      await fill(db, now, Math.round((Number(millions) * 1e6) / days))
      const undisturbed = await timeInsertsDuring(db, () => delay(undisturbedMs))
      let removalMs = 0
      let removed = ''
      const meanwhile = await timeInsertsDuring(db, async () => {
        const from = performance.now()
        const { partitions, rows } = await removeExpired(db, {
          retentionDays: keptDays,
          watchMs: 0,
          deadline: now + 600_000,
          now,
        })
        removalMs = performance.now() - from
        removed = `${partitions.length} partitions and ${rows} rows removed`
      })
      return [
        { what: `retention, ${millions} million readings: ${removed}`, medianMs: removalMs, goalMs: 10_000 },
        { what: `slowest of ${meanwhile.length} inserts meanwhile`, medianMs: Math.max(...meanwhile), goalMs: 100 },
        { what: `slowest of ${undisturbed.length} inserts before`, medianMs: Math.max(...undisturbed) },
      ]
    } finally {
      await stop()
    }
  },
}

/**
 * Fills the partitions of the last days one by one, and builds their index at the end, which is several times as fast. Those that stay
 * are not logged, because the removal does not touch them.
 */
async function fill(db: Database, now: number, perDay: number): Promise<void> {
  await ensurePartitions(db, new Date(now - days * dayMs), days + 2)
  await dropPrimaryKey(db)
  const partitions = [...(await loadPartitions(db))].find(([{ name }]) => name === 'system_metrics')![1]
  for (const { name, from, to } of partitions) {
    if (!from || !to || from.getTime() > now - dayMs) continue
    if (to.getTime() > now - keptDays * dayMs) await sql`alter table ${sql.table(name)} set unlogged`.execute(db)
    await sql`
      insert into ${sql.table(name)} (component, timestamp, cpu_percent, memory_percent)
      select 'host ' || n % 150, ${from}::timestamptz + interval '1 day' * ((n - 0.5) / ${sql.lit(perDay)}), 50, 60
      from generate_series(1, ${sql.lit(perDay)}) n`.execute(db)
  }
  await sql`alter table system_metrics add primary key (component, timestamp)`.execute(db)
}

const dropPrimaryKey = async (db: Database) =>
  await sql`
    do $$ begin
      execute (select format('alter table system_metrics drop constraint %I', conname)
        from pg_constraint where conrelid = 'system_metrics'::regclass and contype = 'p');
    end $$`.execute(db)

/** Milliseconds that each insert took, one after the other, while something was done. */
async function timeInsertsDuring(db: Database, work: () => Promise<unknown>): Promise<number[]> {
  let isOver = false
  const done = work().finally(() => {
    isOver = true
  })
  const waits: number[] = []
  while (!isOver) {
    const from = performance.now()
    await recordSystemMetrics(db, [{ component: 'ingest', at: new Date(), cpuPercent: 1 }])
    waits.push(performance.now() - from)
  }
  await done
  return waits
}
