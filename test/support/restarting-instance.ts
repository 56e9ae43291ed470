/** An instance of an agent in this process that ends and starts again when it is asked to; its work takes `pauseMs`, which it reads at its start. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Agent, connectAgent, type KnobInput } from '../../src/agent/index.ts'

export const pauseKnob: KnobInput = {
  name: 'pauseMs',
  type: 'int',
  min: 1,
  max: 100,
  default: 20,
  purpose: 'computation',
  applies: 'restart',
}

interface RestartingOptions {
  agentId: string
  optimizer: string
  /** Whether it goes on as if it had not been asked to restart. */
  isDeaf?: boolean
  /** Waited for between its end and its next start. */
  whileDown?: () => Promise<void>
}

/** Starts so many instances of an agent, and ends them with the test. */
export async function startRestartingFleet(
  options: RestartingOptions,
  count: number,
  onTestFinished: (end: () => Promise<void>) => void,
) {
  const restarting = { now: new Set<string>(), most: 0 }
  const fleet = Array.from({ length: count }, (_, index) => new RestartingInstance(options, index + 1, restarting))
  onTestFinished(async () => void (await Promise.all(fleet.map((instance) => instance.end()))))
  await Promise.all(fleet.map((instance) => instance.start()))
  return { fleet, restarting }
}

export class RestartingInstance {
  readonly instanceId: string
  starts = 0
  readonly #options: RestartingOptions
  /** Ids of the instances that are restarting, shared by those of one agent, and the most at once so far. */
  readonly #restarting: { now: Set<string>; most: number }
  #agent: Agent | undefined
  #isEnded = false

  constructor(options: RestartingOptions, number: number, restarting: { now: Set<string>; most: number }) {
    this.instanceId = `${options.agentId}-${number}`
    this.#options = options
    this.#restarting = restarting
  }

  get values() {
    return this.#agent!.values
  }

  async start(): Promise<void> {
    const { agentId, optimizer, isDeaf } = this.#options
    this.#agent = await connectAgent({
      agentId,
      optimizer,
      kind: 'restarting',
      instanceId: this.instanceId,
      knobs: [pauseKnob],
      heartbeatMs: 200,
      onRestartRequested: () => (isDeaf ? undefined : this.#restart()),
    })
    this.starts++
    void this.#work(this.#agent)
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#agent?.close(200)
  }

  async #restart(): Promise<void> {
    const { now } = this.#restarting
    now.add(this.instanceId)
    this.#restarting.most = Math.max(this.#restarting.most, now.size)
    await this.#agent!.close()
    await this.#options.whileDown?.()
    if (!this.#isEnded) await this.start()
    now.delete(this.instanceId)
  }

  async #work(agent: Agent): Promise<void> {
    while (agent === this.#agent && !this.#isEnded)
      await agent.run('unit', ({ values }) => sleep(Number(values.pauseMs) * (0.8 + 0.4 * Math.random())))
  }
}
