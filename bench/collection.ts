import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { collectSnapshot } from '../src/sources/collect.ts'
import { recordAgentMetrics } from '../src/store/agent-metrics.ts'
import type { Database } from '../src/store/database.ts'
import { insertSnapshot } from '../src/store/snapshots.ts'
import { startLargeFleet } from './large-fleet.ts'
import { startLoadedDatabase } from './loaded-database.ts'
import { rawSqlTime } from './raw-sql.ts'
import { type Bench, median, medianTimeOf, type Row } from './timing.ts'

const manyAgents = 10_000
const rounds = 5

const collect = (db: Database) =>
  collectSnapshot({ db, now: Date.now(), goal: { start: 10_000, target: 10_500 }, timeoutMs: 60_000 })

/** Collecting everything about three agents, and about ten thousand beside a bare scan of their newest 50 executions; and recording it. */
export const collection: Bench = {
  name: 'collection',
  run: async () => [await collectFew(), ...(await collectMany())],
}

async function collectFew(): Promise<Row> {
  const { db, stop } = await startLoadedDatabase()
  try {
    const { rows } = await sql<{ count: number }>`select count(*) as count from agent_executions`.execute(db)
    const { agents } = await collect(db)
    const what = `collection, ${agents.length} agents, ${rows[0]!.count.toLocaleString('en')} executions`
    return { what, medianMs: await medianTimeOf(() => collect(db)), rawSqlMs: await rawSqlTime(db, collect), goalMs: 10 }
  } finally {
    await stop()
  }
}

async function collectMany(): Promise<Row[]> {
  const { db, stop } = await startLargeFleet(manyAgents)
  try {
    const bareMs = await medianOf(() =>
      sql`
        select count(*), avg(execution_time_ms) from agents agent cross join lateral (
          select timestamp, success, execution_time_ms from agent_executions
          where agent_name = agent.agent_id order by timestamp desc limit 50
        ) newest`.execute(db),
    )
    const medianMs = await medianOf(() => collect(db))
    const what = `collection, ${manyAgents.toLocaleString('en')} agents; the bare scan takes ${bareMs.toFixed(0)} ms`
    const collected = { what, medianMs, rawSqlMs: await rawSqlTime(db, collect, 3), goalMs: Math.round(2 * bareMs) }
    const snapshot = await collect(db)
    const recordMs = await medianOf(async () => {
      const recorded = { ...snapshot, id: randomUUID(), takenAt: Date.now() }
      await insertSnapshot(db, recorded, null)
      await recordAgentMetrics(db, recorded)
    })
    return [collected, { what: 'recording their profiles and metrics', medianMs: recordMs }]
  } finally {
    await stop()
  }
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const from = performance.now()
    await work()
    times.push(performance.now() - from)
  }
  return median(times)
}
