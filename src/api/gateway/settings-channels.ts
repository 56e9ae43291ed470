import type { RestartCommand } from '../../model/restart.ts'
import type { AgentRule, ChannelSettings } from '../../model/telemetry.ts'
import type { Database } from '../../store/database.ts'
import { listKnownInstances } from '../../store/instance-liveness.ts'
import { RestartCommands } from './restart-commands.ts'
import type { SettingsChannel } from './settings-channel.ts'
import { createSettingsFile } from './settings-file.ts'
import { SettingsWebhook } from './settings-webhook.ts'

/** How soon the settings of an instance follow the configuration that was assigned to it. */
const everyMs = 500

/**
 * Gives every instance without a client the configuration assigned to it, as the answer to a heartbeat does for one that polls, and
 * restarts instances by the operator's commands. That a version is in force is known once the instance says so.
 */
export class SettingsChannels {
  readonly #db: Database
  readonly #channels: readonly { agentId: string; channel: SettingsChannel }[]
  readonly #restarts: RestartCommands
  readonly #commands: readonly RestartCommand[]
  readonly #onUnavailable: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  /** What is being done, so that one channel that is slow does not hold up the others. */
  readonly #running = new Set<unknown>()

  constructor(
    db: Database,
    { rules, commands }: { rules: readonly AgentRule[]; commands: readonly RestartCommand[] },
    onUnavailable: (error: unknown) => void,
  ) {
    this.#db = db
    this.#channels = rules.flatMap(({ agentId, settings }) => (settings ? { agentId, channel: createChannel(db, settings) } : []))
    this.#commands = commands
    this.#restarts = new RestartCommands(db, async (instance) => {
      for (const { agentId, channel } of this.#channels) if (agentId === instance.agentId) await channel.converge(instance)
    })
    this.#onUnavailable = onUnavailable
  }

  start(): void {
    if (this.#channels.length + this.#commands.length > 0) this.#timer = setInterval(() => this.#beat(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    for (const { agentId, channel } of this.#channels) void this.#once(channel, () => this.#converge(agentId, channel))
    for (const command of this.#commands) void this.#once(command, () => this.#restarts.converge(command))
  }

  async #once(of: unknown, work: () => Promise<void>): Promise<void> {
    if (this.#running.has(of)) return
    this.#running.add(of)
    await work().catch(this.#onUnavailable)
    this.#running.delete(of)
  }

  async #converge(agentId: string, channel: SettingsChannel): Promise<void> {
    const instances = await listKnownInstances(this.#db, agentId)
    const read = instances.filter(({ transport, liveness }) => transport === 'otlp' && liveness !== 'gone')
    await Promise.all(
      read.map(({ instanceId }) => channel.converge({ agentId, instanceId }).catch((error) => this.#onUnavailable(error))),
    )
  }
}

function createChannel(db: Database, { file, environment, webhook }: ChannelSettings): SettingsChannel {
  if (webhook) return new SettingsWebhook(db, webhook)
  return environment === undefined ? createSettingsFile(db, file!, 'json') : createSettingsFile(db, environment, 'environment')
}
