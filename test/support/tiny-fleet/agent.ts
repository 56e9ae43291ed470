/** One instance of a tiny agent: a process whose units of work wait, as many per second as requested. Its parent starts and stops it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAgent, type KnobValues } from '../../../src/agent/index.ts'
import { knobs } from './knobs.ts'

const { AGENT_ID = '', INSTANCE_ID = '', UNITS_A_SECOND = '30', CLOCK_AHEAD_MS = '0', UNDECLARED = '' } = process.env
const now = Date.now
Date.now = () => now() + Number(CLOCK_AHEAD_MS)

/** The values of every call of `apply`, in order: nothing may be applied twice in a row. */
const applied: KnobValues[] = []
let units = 0
let jammed = false
let slowness = 1
const agent = await connectAgent({
  agentId: AGENT_ID,
  kind: 'tiny',
  instanceId: INSTANCE_ID,
  // An older release lacks some of them.
  knobs: knobs.filter(({ name }) => !UNDECLARED.split(',').includes(name)),
  heartbeatMs: 500,
  apply: (values) => void applied.push(values),
})

/**
 * How long a unit waits for what it needs, about 100 ms with the defaults. Waiting takes no computing and varies more by itself
 * than a busy machine makes it, so that an effect on it is there however busy the machine is.
 */
function waitMs({ route, rounds, iterations }: KnobValues): number {
  const usual = (Number(rounds) * Number(iterations)) / 32
  const typical = route === 'shortcut' ? (jammed ? 300 : 2) : route === 'detour' ? 300 : usual
  return slowness * typical * 4 ** (Math.random() - 0.5)
}

async function work(): Promise<void> {
  const { version, values } = agent.configuration
  const began = performance.now()
  await sleep(waitMs(values))
  const durationMs = performance.now() - began
  units++
  const success = durationMs <= Number(values.deadlineMs)
  const measured = values.meter === 'broken' ? Number.NaN : durationMs
  agent.reportExecution({ type: 'unit', version, durationMs: measured, success, error: success ? undefined : 'too late' })
}

/** Units arrive at random, as requests do. */
function arrive(): void {
  void work()
  setTimeout(arrive, (-Math.log(1 - Math.random()) * 1000) / Number(UNITS_A_SECOND))
}
if (Number(UNITS_A_SECOND) > 0) arrive()

const server = createServer((request, response) => {
  if (request.url === '/jam') jammed = true
  const [, factor] = request.url?.match(/^\/slowness\/(\d+)$/) ?? []
  if (factor) slowness = Number(factor)
  response.end(JSON.stringify({ ...agent.configuration, applied, units }))
})
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
process.once('disconnect', () => process.exit())
process.once('SIGTERM', async () => {
  await agent.close(200)
  process.exit()
})
