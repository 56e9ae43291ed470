/**
 * The reference fleet: six kinds of agents, the outside world they work in, and a load generator.
 * Environment: OPTIMIZER_URL (NATS or HTTP address of the optimizer), optional DATABASE_URL (trades are booked there)
 * and FLEET_LOG_DIR (a folder for a log of every process).
 */
import { fileURLToPath } from 'node:url'
import { agents } from './fleet.ts'
import { onStop, type Peers } from './runtime/child.ts'
import { Supervisor } from './supervisor.ts'

if (!process.env.OPTIMIZER_URL) {
  console.error('OPTIMIZER_URL is not set; set it to the address of the optimizer, such as nats://127.0.0.1:4222.')
  process.exit(1)
}

const supervisor = new Supervisor(process.env.FLEET_LOG_DIR)
onStop(() => supervisor.stop())
try {
  const addresses = await startFleet()
  if (process.send) process.send({ agents: addresses })
  else console.log(JSON.stringify({ agents: addresses }))
} catch (error) {
  console.error(`The fleet did not start: ${error instanceof Error ? error.message : error}`)
  await supervisor.stop()
  process.exit(1)
}

/** Resolves with the addresses of the agents once all are ready and under load. */
async function startFleet(): Promise<Peers> {
  const [simulator, languageModel] = await Promise.all(
    ['simulator', 'language-model'].map((name) => supervisor.start(name, entryOf(name), {})),
  )
  const world = { SIMULATOR_URL: simulator!, LANGUAGE_MODEL_URL: languageModel! }
  const addresses = await Promise.all(
    agents.map(async ({ kind, instances }) => {
      const ids = Array.from({ length: instances }, (_, index) => `${kind}-${index + 1}`)
      const start = (id: string) => supervisor.start(id, entryOf(kind), { INSTANCE_ID: id, ...world })
      return [kind, await Promise.all(ids.map(start))] as const
    }),
  )
  await supervisor.start('load', entryOf('load'), {})
  const peers = Object.fromEntries(addresses)
  supervisor.announce(peers)
  return peers
}

function entryOf(folder: string): string {
  return fileURLToPath(new URL(`${folder}/main.ts`, import.meta.url))
}
