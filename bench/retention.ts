/** How long the removal of old system metrics takes, and how long it delays those who insert meanwhile. */
import { sql } from 'kysely'
import { ensurePartitions } from '../src/store/partitions.ts'
import { removeExpired } from '../src/store/retention.ts'
import { recordSystemMetrics } from '../src/store/system-metrics.ts'
import { startBenchDatabase } from './loaded-database.ts'
import type { Bench } from './timing.ts'

const dayMs = 86_400_000
const days = 100
const keptDays = 90

/** Readings spread over 100 days, of which 90 are kept; by default 1 million, or as many millions as the command line says. */
export const retention: Bench = {
  name: 'retention',
  async run([millions = '1'] = []) {
    const { db, stop } = await startBenchDatabase()
    try {
      const now = Date.now()
      await ensurePartitions(db, new Date(now - days * dayMs), days + 2)
      const perDay = Math.round((Number(millions) * 1e6) / days)
      for (let day = days; day > 0; day--)
        await sql`
          insert into system_metrics (component, timestamp, cpu_percent, memory_percent)
          select 'host ' || n % 150, ${new Date(now - day * dayMs)}::timestamptz + n * (interval '1 day' / ${sql.lit(perDay)}), 50, 60
          from generate_series(1, ${sql.lit(perDay)}) n`.execute(db)
      let isRemoving = true
      const waits: number[] = []
      const ingest = async () => {
        for (let tick = 0; isRemoving; tick++) {
          const from = performance.now()
          await recordSystemMetrics(db, [{ component: 'ingest', at: new Date(now + tick), cpuPercent: 1 }])
          waits.push(performance.now() - from)
        }
      }
      const ingesting = ingest()
      const from = performance.now()
      const { partitions, rows } = await removeExpired(db, { retentionDays: keptDays, watchMs: 0, deadline: now + 600_000, now })
      const removalMs = performance.now() - from
      isRemoving = false
      await ingesting
      const what = `retention, ${millions} million readings: ${partitions.length} partitions and ${rows} rows removed`
      return [
        { what, medianMs: removalMs, goalMs: 10_000 },
        { what: `slowest of ${waits.length} inserts meanwhile`, medianMs: Math.max(...waits), goalMs: 100 },
      ]
    } finally {
      await stop()
    }
  },
}
