import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { bundleAgent } from '../../bundle-agent.ts'
import { startApi } from '../../src/api/server.ts'
import { OptimizerClient } from '../../src/client/optimizer.ts'
import { configSchema } from '../../src/config/config.ts'
import { connectNats } from '../../src/messaging/connection.ts'
import { startNats } from '../../src/servers/nats.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { startBenchDatabase } from '../loaded-database.ts'
import { type Bench, median } from '../timing.ts'

export interface Use {
  /** Of one core. */
  cpuPercent: number
  residentMb: number
  /** Without what all processes of Node on a machine share: the pages of its program. */
  privateMb: number
  heapMb: number
}

const rounds = 3
const settleMs = 4_000
const measureMs = 15_000

/** D1: the client costs an agent at most 1 % of a core and 10 MB; compared with the same process without it, side by side. */
export const client: Bench = {
  name: 'client',
  async run() {
    // As in the package.
    const folder = mkdtempSync(join(tmpdir(), 'optimizer-bench-'))
    const database = await startBenchDatabase()
    const server = await startNats(folder, 0, console.error)
    try {
      await ensurePartitions(database.db, new Date(), 2)
      const nats = await connectNats(server.url, 'bench')
      const temporal = new Client({ connection: Connection.lazy({ address: '127.0.0.1:9' }) })
      const optimizer = new OptimizerClient(temporal, database.db, configSchema.parse({}))
      const api = await startApi({ db: database.db, nats, optimizer, port: 0, host: '127.0.0.1', onUnavailable: console.error })
      await bundleAgent(folder, join(import.meta.dirname, 'agent.ts'))
      for (const unitsASecond of [0, 50]) await compare(join(folder, 'agent.js'), server.url, unitsASecond)
      await api.stop()
      await nats.close()
    } finally {
      await server.stop()
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    return []
  },
}

async function compare(program: string, natsUrl: string, unitsASecond: number): Promise<void> {
  const more: Use[] = []
  for (let round = 0; round < rounds; round++) {
    const [bare, connected] = await Promise.all([0, 1].map((withClient) => measure(program, natsUrl, [withClient, unitsASecond])))
    more.push({
      cpuPercent: connected!.cpuPercent - bare!.cpuPercent,
      residentMb: connected!.residentMb - bare!.residentMb,
      privateMb: connected!.privateMb - bare!.privateMb,
      heapMb: connected!.heapMb - bare!.heapMb,
    })
  }
  const of = (key: keyof Use) =>
    `${median(more.map((use) => use[key])).toFixed(2)} (${more.map((use) => use[key].toFixed(2)).join(', ')})`
  console.log(`The client costs an agent that reports ${unitsASecond} executions a second`)
  console.log(`  ${of('cpuPercent')} % of a core, goal 1`)
  console.log(`  ${of('heapMb')} MB of heap, goal 10; ${of('privateMb')} MB of its own; ${of('residentMb')} MB resident`)
}

async function measure(program: string, natsUrl: string, mode: number[]): Promise<Use> {
  const child = fork(program, [...mode, settleMs, measureMs].map(String), {
    env: { ...process.env, OPTIMIZER_URL: natsUrl },
    execArgv: ['--expose-gc'],
  })
  const [use] = await once(child, 'message')
  return use
}
