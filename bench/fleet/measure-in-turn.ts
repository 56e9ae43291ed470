/** Fleets with different settings, measured under the same load, without an optimizer. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { agents, loadPerSecond } from '../../examples/fleet/fleet.ts'
import type { Done } from '../../examples/fleet/runtime/unit-of-work.ts'
import type { World } from '../../examples/fleet/world.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import { random } from '../../test/unit/judging/random.ts'

const entry = fileURLToPath(new URL('../../examples/fleet/main.ts', import.meta.url))
/** Caches fill, and agents learn which sources are reliable. */
const warmUpMs = 15_000
/** Nobody listens there: the agents keep their settings. */
const nobody = 'http://127.0.0.1:9'

export type Settings = Record<string, KnobValues>
/** Units of work by kind of agent. */
export type Units = Map<string, Done[]>

/**
 * Measures fleets that differ in their settings, one after another, so that none takes the processor from another: what each unit of work
 * took, and whether it succeeded. Units arrive at the same times in all of them.
 */
export async function measureInTurn(
  world: World,
  fleets: readonly Settings[],
  { seconds, seed }: { seconds: number; seed: number },
): Promise<Units[]> {
  const measured: Units[] = []
  for (const settings of fleets) measured.push(await measureFleet({ ...world, settings }, { seconds, seed }))
  return measured
}

async function measureFleet(world: World, { seconds, seed }: { seconds: number; seed: number }): Promise<Units> {
  const fleet = await startFleet({ ...world, load: 0 })
  const units: Units = new Map(agents.map(({ kind }) => [kind, []]))
  try {
    const begun = Date.now()
    const ask = async (kind: string, instance: number) => {
      const response = await fetch(`${fleet.addresses[kind]![instance]}/work`, { method: 'POST' }).catch(() => undefined)
      return response?.ok ? ((await response.json()) as Done) : undefined
    }
    const arrive = async (kind: keyof typeof loadPerSecond, instance: number, salt: number) => {
      const { exponential } = random(seed + salt)
      const pending: Promise<void>[] = []
      while (Date.now() < begun + warmUpMs + 1_000 * seconds) {
        await sleep((1_000 * exponential()) / (loadPerSecond[kind] * (world.load ?? 1)))
        const isWarm = Date.now() > begun + warmUpMs
        pending.push(
          ask(kind, instance).then((done) => {
            if (isWarm && done) units.get(kind)!.push(done)
          }),
        )
      }
      await Promise.all(pending)
    }
    const streams = agents.flatMap(({ kind, instances }) => Array.from({ length: instances }, (_, i) => [kind, i] as const))
    await Promise.all(streams.map(([kind, instance], salt) => arrive(kind, instance, salt)))
    return units
  } finally {
    await fleet.stop()
  }
}

async function startFleet(world: World) {
  const env = { ...process.env, OPTIMIZER_URL: nobody, FLEET_WORLD: JSON.stringify(world), DATABASE_URL: '' }
  const main = fork(entry, { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [message] = (await once(main, 'message')) as [{ agents: Record<string, string[]> }]
  return {
    addresses: message.agents,
    async stop() {
      const exited = once(main, 'exit')
      main.kill('SIGTERM')
      await exited
    },
  }
}
