import { sql } from 'kysely'
import { collectSnapshot } from '../src/sources/collect.ts'
import type { Database } from '../src/store/database.ts'
import { startLoadedDatabase } from './loaded-database.ts'
import { rawSqlTime } from './raw-sql.ts'
import { type Bench, medianTimeOf } from './timing.ts'

const collect = (db: Database) => collectSnapshot({ db, now: Date.now(), goal: { start: 10_000, target: 10_500 } })

/** B17: collecting everything about three agents takes 40–80 ms. */
export const collection: Bench = {
  name: 'collection',
  async run() {
    const { db, stop } = await startLoadedDatabase()
    try {
      const { rows } = await sql<{ count: number }>`select count(*) as count from agent_executions`.execute(db)
      const { agents } = await collect(db)
      const what = `collection, ${agents.length} agents, ${rows[0]!.count.toLocaleString('en')} executions`
      return [{ what, medianMs: await medianTimeOf(() => collect(db)), rawSqlMs: await rawSqlTime(db, collect), goalMs: 40 }]
    } finally {
      await stop()
    }
  },
}
