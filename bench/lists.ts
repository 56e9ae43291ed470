import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { sql } from 'kysely'
import { createApp } from '../src/api/app.ts'
import { AgentGateway } from '../src/api/gateway/gateway.ts'
import { OptimizerClient } from '../src/client/optimizer.ts'
import { configSchema } from '../src/config/config.ts'
import { collectSnapshot } from '../src/sources/collect.ts'
import { recordAgentMetrics } from '../src/store/agent-metrics.ts'
import type { Database } from '../src/store/database.ts'
import { insertSnapshot } from '../src/store/snapshots.ts'
import { startLargeFleet } from './large-fleet.ts'
import { type Bench, median, type Row } from './timing.ts'

const agents = 10_000
const requests = 200
const goalMs = 50
/** As many as ten thousand agents report that work every ten seconds. */
const reportedPerSecond = 1_000
const idOf = (index: number) => `agent-${String(index % agents).padStart(5, '0')}`

/** Each takes the number of the request. */
const routes: [name: string, path: (request: number) => string][] = [
  ['fleet, by attention', (n) => `/api/fleet?sort=attention&offset=${n * 40}`],
  ['fleet, worst trend of those that get worse', () => '/api/fleet?sort=trend&filter=worse'],
  ['fleet, a search', (n) => `/api/fleet?search=${n}`],
  [
    'details of 40 agents',
    (n) => `/api/fleet/details?agents=${Array.from({ length: 40 }, (_, i) => idOf(40 * n + i)).join(',')}`,
  ],
  ['agents', (n) => `/api/agents?after=${idOf(n * 50)}`],
  ['metrics', (n) => `/api/metrics?after=${idOf(n * 50)}`],
  ['the course of an agent', (n) => `/api/agents/${idOf(n)}/course`],
  ['alerts', () => '/api/alerts'],
  ['audit', () => '/api/audit'],
]

/** The lists of the API while ten thousand agents report: the 99th percentile of their times. */
export const lists: Bench = {
  name: 'lists',
  async run() {
    const { db, stop } = await startLargeFleet(agents)
    const ending = new AbortController()
    try {
      await recordHours(db)
      const app = await startApp(db)
      const reporting = report(app, ending.signal)
      const rows: Row[] = []
      for (const [name, path] of routes) {
        const times = await timesOf(app, path)
        const p99 = times.toSorted((a, b) => a - b)[Math.floor(0.99 * times.length)]!
        rows.push({ what: `${name}: median ${median(times).toFixed(1)} ms, 99th percentile`, medianMs: p99, goalMs })
      }
      ending.abort()
      await reporting
      return rows
    } finally {
      ending.abort()
      await stop()
    }
  },
}

async function timesOf(app: App, path: (request: number) => string): Promise<number[]> {
  const times: number[] = []
  for (let request = 0; request < requests; request++) {
    const from = performance.now()
    const response = await app.request(path(request))
    const text = await response.text()
    times.push(performance.now() - from)
    if (response.status !== 200) throw new Error(`${path(request)}: ${text}`)
    await pause(5)
  }
  return times
}

type App = Awaited<ReturnType<typeof startApp>>

async function startApp(db: Database) {
  const config = configSchema.parse({})
  const { metrics, performance_engine_agent: engine, telemetry } = config
  const gateway = new AgentGateway({ db, metrics, engine, telemetry }, console.error)
  const connection = Connection.lazy()
  await connection.close()
  return createApp({
    gateway,
    optimizer: new OptimizerClient(new Client({ connection }), db, config),
    pingNats: async () => undefined,
    hosts: { listening: '127.0.0.1', allowed: [] },
    onUnavailable: console.error,
  })
}

/** Agents report by turns, each ten executions at once, until it is ended. */
async function report(app: App, ending: AbortSignal): Promise<void> {
  const perReport = 10
  for (let turn = 0; !ending.aborted; turn++) {
    const executions = Array.from({ length: perReport }, () => ({
      id: randomUUID(),
      at: Date.now(),
      type: 'decision_cycle',
      durationMs: 100 + Math.random() * 2_000,
      success: true,
      version: 1,
    }))
    const body = JSON.stringify({
      agentId: idOf(turn * 7),
      instanceId: '1',
      batchId: randomUUID(),
      sentAt: Date.now(),
      executions,
    })
    const answer = await app.request('/agents/report', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    if (answer.status !== 200) throw new Error(await answer.text())
    await pause((1_000 * perReport) / reportedPerSecond)
  }
}

/** The snapshots of the last hour, and the metrics of each. */
async function recordHours(db: Database): Promise<void> {
  const goal = { start: 10_000, target: 10_500 }
  const snapshot = { id: 'lists', ...(await collectSnapshot({ db, now: Date.now(), goal, timeoutMs: 60_000 })) }
  await insertSnapshot(db, snapshot, null)
  for (let minutes = 55; minutes >= 0; minutes -= 5) {
    const takenAt = Date.now() - minutes * 60_000
    await recordAgentMetrics(db, { ...snapshot, takenAt })
  }
  await sql`vacuum analyze`.execute(db)
}
