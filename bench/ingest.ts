import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createApp } from '../src/api/app.ts'
import { AgentGateway } from '../src/api/gateway/gateway.ts'
import { engineSettingsSchema } from '../src/model/engine-settings.ts'
import { defaultTelemetry } from '../src/model/telemetry.ts'
import { registerInstance } from '../src/store/agents.ts'
import type { Database } from '../src/store/database.ts'
import { ensurePartitions } from '../src/store/partitions.ts'
import { startBenchDatabase } from './loaded-database.ts'
import { type Bench, median } from './timing.ts'

const rows = 50_000
const senders = 4
const rounds = 5
const agentId = 'bench-bot'

/** Executions received as newline-delimited JSON and stored, compared with PostgreSQL's own COPY of the same rows from a file. */
export const ingest: Bench = {
  name: 'ingest',
  async run() {
    const { db, stop } = await startBenchDatabase()
    try {
      await ensurePartitions(db, new Date(Date.now() - 86_400_000), 3)
      await registerInstance(db, {
        agentId,
        instanceId: '1',
        kind: agentId,
        transport: 'http',
        knobs: [],
        metrics: [],
        sentAt: Date.now(),
      })
      const copyMs: number[] = []
      const apiMs: number[] = []
      const cpuMs: number[] = []
      // Taking turns, so that both meet a table of the same size.
      for (let round = 0; round < rounds; round++) {
        copyMs.push(await copy(db))
        const cpu = process.cpuUsage()
        apiMs.push(await send(db))
        const { user, system } = process.cpuUsage(cpu)
        cpuMs.push((user + system) / 1_000)
      }
      const perSecond = (ms: number[]) => Math.round((rows / median(ms)) * 1_000).toLocaleString('en')
      const what = `${rows.toLocaleString('en')} executions by HTTP, ${senders} senders: ${perSecond(apiMs)} rows/s (${perSecond(cpuMs)} per second of CPU of the API); COPY: ${perSecond(copyMs)} rows/s`
      return [{ what, medianMs: median(apiMs), rawSqlMs: median(copyMs), goalMs: 2 * median(copyMs) }]
    } finally {
      await stop()
    }
  },
}

const newExecutions = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    at: Date.now() - index,
    type: 'decision_cycle',
    durationMs: 100 + Math.random() * 2_000,
    success: index % 5 > 0,
    ...(index % 5 === 0 && { error: 'timeout' }),
    version: 1,
    output: { confidence: Math.random(), signalsGenerated: index % 7 },
  }))

/** Milliseconds. */
async function copy(db: Database): Promise<number> {
  const lines = newExecutions(rows).map((each) =>
    [
      each.id,
      new Date(each.at).toISOString(),
      agentId,
      each.type,
      JSON.stringify(each.output),
      each.success,
      each.durationMs,
      each.error ?? '\\N',
      '1',
      each.version,
    ].join('\t'),
  )
  const file = join(tmpdir(), `bench-${randomUUID()}.copy`)
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o644 })
  const from = performance.now()
  await sql`
    copy agent_executions (id, timestamp, agent_name, execution_type, output_data, success, execution_time_ms, error_message, instance_id,
      configuration_version) from ${sql.lit(file)}`.execute(db)
  return performance.now() - from
}

/** Milliseconds until everything is acknowledged. */
async function send(db: Database): Promise<number> {
  const gateway = new AgentGateway(
    { db, metrics: [], engine: engineSettingsSchema.parse({}), telemetry: defaultTelemetry },
    console.error,
  )
  const app = createApp({
    gateway,
    optimizer: {} as never,
    pingNats: async () => undefined,
    hosts: { listening: '127.0.0.1', allowed: [] },
    onUnavailable: console.error,
  })
  const bodies = Array.from({ length: senders }, () =>
    newExecutions(rows / senders)
      .map((each) => JSON.stringify({ record: 'execution', ...each }))
      .join('\n'),
  )
  const headers = { 'content-type': 'application/x-ndjson' }
  const from = performance.now()
  const answers = await Promise.all(
    bodies.map(async (body) => {
      const response = await app.request(`/agents/${agentId}/instances/1/records`, { method: 'POST', headers, body })
      return (await response.json()) as { accepted: number }
    }),
  )
  const ms = performance.now() - from
  const accepted = answers.reduce((sum, answer) => sum + answer.accepted, 0)
  if (accepted !== rows) throw new Error(`Only ${accepted} of ${rows} were accepted.`)
  return ms
}
