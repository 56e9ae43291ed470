/** A process that works, with the client of the optimizer or without, and says what it uses. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Agent } from '../../src/agent/index.ts'
import type { Use } from './bench.ts'

const [withClient, unitsASecond = 0, settleMs = 0, measureMs = 0] = process.argv.slice(2).map(Number)
const prices = JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ price: index, name: `item ${index}` })))

/** Without the client, nothing of it is loaded. */
async function connect(): Promise<Agent | undefined> {
  if (!withClient) return undefined
  const { connectAgent } = await import('../../src/agent/index.ts')
  const instanceId = `bench-${unitsASecond}-${process.pid}`
  const cache = { type: 'int', name: 'cacheSize', min: 1, max: 100, default: 10, purpose: 'caching' } as const
  return await connectAgent({ agentId: 'bench', kind: 'bench', instanceId, knobs: [cache] })
}

const agent = await connect()
const work = async () => (JSON.parse(prices) as { price: number }[]).reduce((sum, { price }) => sum + price, 0)
if (unitsASecond > 0) setInterval(() => void (agent ? agent.run('sum', work) : work()), 1_000 / unitsASecond)

await delay(settleMs)
const [before, from] = [process.cpuUsage(), performance.now()]
await delay(measureMs)
const { user, system } = process.cpuUsage(before)
const elapsedMs = performance.now() - from
globalThis.gc?.()
const { rss, heapUsed, external } = process.memoryUsage()
const use: Use = {
  cpuPercent: (user + system) / 10 / elapsedMs,
  residentMb: rss / 2 ** 20,
  privateMb: Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 2 ** 10,
  heapMb: (heapUsed + external) / 2 ** 20,
}
process.send!(use)
await agent?.close(500)
process.exit()
