import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../src/store/database.ts'
import { type BenchInstallation, startBenchInstallation } from './bench-installation.ts'
import { agentId, RecordSender, registerSender } from './record-sender.ts'
import type { Bench } from './timing.ts'

const senders = 4
const usualSeconds = 60
const programs = ['api', 'worker', 'postgres'] as const
/** Milliseconds of undisturbed work before the next kill. */
const pauseMs = 2_500
const idsPerQuery = 50_000

/**
 * Counts what becomes of executions that were acknowledged while the API, the worker and PostgreSQL are killed in turn with `kill -9`.
 * The argument is how long, in seconds.
 */
export const durability: Bench = {
  name: 'durability',
  async run(argv) {
    const installation = await startBenchInstallation()
    try {
      const { db } = installation.client
      await registerSender(db)
      const stopping = new AbortController()
      const acknowledged: string[] = []
      const remember = (ids: string[]) => void acknowledged.push(...ids)
      const all = Array.from({ length: senders }, () => new RecordSender(installation.addresses.api, remember))
      const sending = Promise.all(all.map((sender) => sender.run(stopping.signal)))
      const kills = await killInTurn(installation, all, Date.now() + Number(argv?.[0] ?? usualSeconds) * 1_000)
      stopping.abort()
      await sending
      const lost = await countMissing(db, acknowledged)
      const { rows } = await sql<{ stored: number; twice: number }>`
        select count(*) as stored, count(*) - count(distinct id) as twice from agent_executions where agent_name = ${agentId}`.execute(
        db,
      )
      const { stored, twice } = rows[0]!
      const failures = all.reduce((sum, sender) => sum + sender.failures, 0)
      const figures = Object.entries(kills).map(([program, count]) => `${program} ${count}`)
      console.log(`kill -9: ${figures.join(', ')}; requests that failed and were sent again: ${failures}`)
      console.log(`acknowledged ${acknowledged.length}, stored ${stored}, lost ${lost}, stored twice ${twice}`)
      if (lost > 0 || twice > 0) process.exitCode = 1
      return []
    } finally {
      await installation.stop()
    }
  },
}

async function killInTurn(
  { findProcess }: BenchInstallation,
  all: readonly RecordSender[],
  until: number,
): Promise<Record<(typeof programs)[number], number>> {
  const kills = { api: 0, worker: 0, postgres: 0 }
  for (let turn = 0; Date.now() < until; turn++) {
    const before = countAcknowledged(all)
    await sleep(pauseMs * (0.5 + Math.random()))
    const program = programs[turn % programs.length]!
    const pid = findProcess(program)
    // One that was killed before may not be back yet, and nothing would be at stake without new rows.
    if (pid === undefined || countAcknowledged(all) === before) continue
    process.kill(pid, 'SIGKILL')
    kills[program]++
  }
  return kills
}

const countAcknowledged = (all: readonly RecordSender[]) => all.reduce((sum, { acknowledged }) => sum + acknowledged, 0)

async function countMissing(db: Database, ids: readonly string[]): Promise<number> {
  let missing = 0
  for (let from = 0; from < ids.length; from += idsPerQuery) {
    const { rows } = await sql<{ missing: number }>`
      select count(*) as missing from unnest(${ids.slice(from, from + idsPerQuery)}::uuid[]) as acknowledged (id)
      where not exists (select from agent_executions stored where stored.id = acknowledged.id)`.execute(db)
    missing += rows[0]!.missing
  }
  return missing
}
