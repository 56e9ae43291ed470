import type { RestartCommand } from '../../model/restart.ts'
import type { AgentRule, ChannelSettings } from '../../model/telemetry.ts'
import type { Database } from '../../store/database.ts'
import { type KnownInstance, loadKnownInstances } from '../../store/instance-liveness.ts'
import { recordAssumedVersion } from '../../store/telemetry/reported-versions.ts'
import { InstanceRestarter } from './instance-restarter.ts'
import type { DeliveredSettings, SettingsChannel } from './settings-channel.ts'
import { createSettingsFile } from './settings-file.ts'
import { SettingsWebhook } from './settings-webhook.ts'

/** How soon the settings of an instance follow its assigned configuration. */
const everyMs = 500
/** How often a version that is assumed to be in force is recorded: a delivery is verified by the record that follows it. */
const assumedEveryMs = 2_000

/** The settings of an agent. */
interface AgentChannel {
  agentId: string
  channel: SettingsChannel
  /** How long after their delivery settings are assumed to be in force; infinite if they have to be confirmed. */
  takesEffectMs: number
  /** By instance. */
  given: Map<string, DeliveredSettings>
}

/**
 * Delivers to every instance without a client the configuration assigned to it, as the response to a heartbeat does for one that polls,
 * and restarts instances by the operator's commands. A version counts as in force once the instance confirms it.
 */
export class SettingsChannels {
  readonly #db: Database
  readonly #channels: readonly AgentChannel[]
  readonly #restarts: InstanceRestarter
  readonly #commands: readonly RestartCommand[]
  readonly #onUnavailable: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  /** The work in progress, so that a slow channel does not hold up the others. */
  readonly #running = new Set<unknown>()

  constructor(
    db: Database,
    { rules, commands }: { rules: readonly AgentRule[]; commands: readonly RestartCommand[] },
    onUnavailable: (error: unknown) => void,
  ) {
    this.#db = db
    this.#channels = rules.flatMap(({ agentId, settings }) =>
      settings
        ? {
            agentId,
            channel: createChannel(db, settings),
            takesEffectMs: (settings.takesEffectSeconds ?? Infinity) * 1_000,
            given: new Map(),
          }
        : [],
    )
    this.#commands = commands
    this.#restarts = new InstanceRestarter(db, async (instance) => {
      for (const { agentId, channel } of this.#channels) if (agentId === instance.agentId) await channel.converge(instance)
    })
    this.#onUnavailable = onUnavailable
  }

  start(): void {
    if (this.#channels.length + this.#commands.length > 0)
      this.#timer = setInterval(() => void this.#once(this, () => this.#beat()), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #beat(): Promise<void> {
    const agentIds = [...new Set([...this.#channels, ...this.#commands].map(({ agentId }) => agentId))]
    const known = await loadKnownInstances(this.#db, { agentIds })
    const instancesOf = ({ agentId }: { agentId: string }) => known.get(agentId) ?? []
    for (const agent of this.#channels) void this.#once(agent, () => this.#converge(agent, instancesOf(agent)))
    for (const command of this.#commands) void this.#once(command, () => this.#restarts.converge(command, instancesOf(command)))
  }

  async #once(of: unknown, work: () => Promise<void>): Promise<void> {
    if (this.#running.has(of)) return
    this.#running.add(of)
    await work().catch(this.#onUnavailable)
    this.#running.delete(of)
  }

  async #converge(agent: AgentChannel, instances: readonly KnownInstance[]): Promise<void> {
    const { agentId, channel, takesEffectMs, given } = agent
    const read = instances.filter(({ transport, liveness }) => transport === 'otlp' && (liveness !== 'gone' || channel.isKept))
    agent.given = new Map()
    await Promise.all(
      read.map(async (instance) => {
        const { instanceId, assignedVersion: version, declarationId } = instance
        const before = given.get(instanceId)
        const now = Date.now()
        try {
          const isDue = channel.isDue(instance, before, now)
          if (isDue) await channel.converge({ agentId, instanceId })
          if (!isDue && !before) return
          // A version that was assigned while the one before it was delivered may have been delivered in its place.
          const isSame = before?.version === version && before.declarationId === declarationId
          const settings = { version, declarationId, at: isDue ? now : before!.at, since: isSame ? before.since : Date.now() }
          agent.given.set(instanceId, settings)
          if (now >= settings.since + takesEffectMs && needsAssumption(instance, now))
            await recordAssumedVersion(this.#db, instance, version, now)
        } catch (error) {
          this.#onUnavailable(error)
        }
      }),
    )
  }
}

/** Whether it is not yet on record, or not lately, that an instance runs with the version assigned to it, which it has not refused. */
function needsAssumption(instance: KnownInstance, now: number): boolean {
  const { liveness, assignedVersion, effectiveVersion, effectiveAt, refusedVersion } = instance
  if (liveness === 'gone' || refusedVersion === assignedVersion) return false
  return effectiveVersion !== assignedVersion || effectiveAt === null || effectiveAt.getTime() <= now - assumedEveryMs
}

function createChannel(db: Database, { file, environment, webhook }: ChannelSettings): SettingsChannel {
  if (webhook) return new SettingsWebhook(db, webhook)
  return environment === undefined ? createSettingsFile(db, file!, 'json') : createSettingsFile(db, environment, 'environment')
}
