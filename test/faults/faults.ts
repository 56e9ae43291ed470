/** The faults that may strike while a trial runs. Every fault heals. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { HandmadeInstance } from '../support/handmade-instance.ts'
import type { NatsUser } from '../support/nats.ts'
import { natsUsers, type System } from '../support/system.ts'
import type { TinyInstance } from '../support/tiny-fleet/instance.ts'
import { knobs } from '../support/tiny-fleet/knobs.ts'
import { edit } from '../support/trials.ts'

export interface UnderFaults {
  system: System
  agentId: string
  instances: TinyInstance[]
  /** The workflow that carries the trial out, or restores something. */
  handle: WorkflowHandle
  /** A number from 0 to 1, the same for the same seed. */
  random: () => number
  /** The values that an operator set of `padding`, a knob that no trial turns. */
  edits: number[]
}

/** Says `false` where it could not strike. */
type Fault = (trial: UnderFaults) => Promise<unknown>

const between = (random: () => number, low: number, high: number) => low + random() * (high - low)
const anyOf = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

/** The servers and instances that are away already, which are neither cut nor killed again. */
const away = new Set<string>()
const serverAway =
  (server: 'nats' | 'postgres' | 'temporal'): Fault =>
  async ({ system, random }) => {
    if (away.has(server)) return false
    away.add(server)
    try {
      await system.links[server].cut()
      await sleep(between(random, 500, 6_000))
      await system.links[server].restore()
    } finally {
      away.delete(server)
    }
  }

/** NATS has other users or rights for a while. */
const usersOfNats =
  (changed: Record<keyof typeof natsUsers, NatsUser>): Fault =>
  async ({ system, random }) => {
    if (away.has('nats')) return false
    away.add('nats')
    try {
      await system.nats.configure(changed)
      await sleep(between(random, 500, 6_000))
      await system.nats.configure(natsUsers)
    } finally {
      away.delete('nats')
    }
  }

/** Further instances of the agent, besides those that are checked afterwards. */
let pods = 0
const startPod = async ({ system, agentId }: UnderFaults, options = {}) =>
  await system.startInstance(agentId, `${agentId}-pod-${++pods}`, options)

export const faults: Record<string, Fault> = {
  'NATS away': serverAway('nats'),
  'PostgreSQL away': serverAway('postgres'),
  'Temporal away': serverAway('temporal'),
  'rights taken away': usersOfNats({
    ...natsUsers,
    agents: { ...natsUsers.agents, permissions: { subscribe: { deny: ['agents.>'] } } },
  }),
  'credentials changed': usersOfNats({
    optimizer: { password: 'another one of the optimizer' },
    agents: { password: 'another one of the agents' },
  }),
  /** Pods of a deployment come and go. */
  async 'pods churn'(trial) {
    const { random } = trial
    for (let round = 0; round < 3; round++) {
      const pod = await startPod(trial)
      await sleep(between(random, 0, 2_000))
      if (random() < 0.5) await pod.stop()
      else await pod.terminate()
    }
  },
  /** A rolling deployment: for a while, an instance of a release without one of the knobs runs beside the others. */
  async 'two releases'(trial) {
    const pod = await startPod(trial, { undeclared: ['padding'] })
    await sleep(between(trial.random, 1_000, 6_000))
    await pod.terminate()
  },
  /** Something overrides a value in one instance, which says so with every heartbeat. */
  async 'an instance drifts'({ system, agentId, random }) {
    const pod = await HandmadeInstance.start(system.apiUrl, agentId, `${agentId}-pod-${++pods}`, knobs)
    pod.override = { padding: 99 }
    await sleep(between(random, 1_000, 6_000))
    pod.override = {}
    await sleep(between(random, 0, 2_000))
    pod.stop()
  },
  async 'worker killed'({ system }) {
    await system.killWorkers(1)
    system.startWorker()
  },
  async 'instance killed'({ instances, random }) {
    const instance = anyOf(random, instances)
    if (away.has(instance.id)) return false
    away.add(instance.id)
    try {
      await instance.kill()
      await sleep(between(random, 0, 3_000))
      await instance.launch()
    } finally {
      away.delete(instance.id)
    }
  },
  async 'instance hung'({ instances, random }) {
    const instance = anyOf(random, instances)
    instance.pause()
    await sleep(between(random, 500, 8_000))
    instance.resume()
  },
  /** The delivery arrives, the answer does not. */
  async 'acknowledgement lost'({ instances, random }) {
    for (const { link } of instances) link.upstream = 'is lost'
    await sleep(between(random, 500, 4_000))
    for (const { link } of instances) {
      link.upstream = 'passes'
      await link.cut()
      await link.restore()
    }
  },
  async 'acknowledgement duplicated'({ instances, handle }) {
    for (const { link } of instances) link.upstream = 'arrives twice'
    await handle.result().catch(() => undefined)
    for (const { link } of instances) link.upstream = 'passes'
  },
  /** It stays, whatever becomes of the trial. */
  async 'operator edits'({ system, agentId, random, edits }) {
    const padding = Math.floor(random() * 100)
    await edit(system, agentId, { padding })
    edits.push(padding)
  },
  async 'workflow cancelled'({ handle }) {
    await handle.cancel()
  },
  async 'workflow terminated'({ handle }) {
    await handle.terminate()
  },
}
export const faultNames = Object.keys(faults)
/** These strike from the beginning, since what they are about happens at once. */
export const immediate = new Set(['acknowledgement lost', 'acknowledgement duplicated'])
