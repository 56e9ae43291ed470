import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { startLargeFleet } from './large-fleet.ts'
import { type App, createOfflineApp } from './offline-app.ts'
import { hearInstances, recordHour } from './past.ts'
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
  ['the series of an agent', (n) => `/api/agents/${idOf(n)}/series`],
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
      await recordHour(db)
      const app = await createOfflineApp(db)
      const reporting = report(app, ending.signal)
      const rows: Row[] = []
      for (const [name, path] of routes) {
        await hearInstances(db)
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

/** Agents report one after the other, ten executions at a time, until the process ends. */
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
