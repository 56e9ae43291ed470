/** The settings files of agents that have no client of the optimizer: replaced whole, and read again by the agent. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Delivery } from '../../messaging/protocol.ts'
import { type AgentRule, settingsPath } from '../../model/telemetry.ts'
import type { Database } from '../../store/database.ts'
import { getAssignedConfiguration } from '../../store/deliveries.ts'
import { listKnownInstances } from '../../store/instance-liveness.ts'

/** How soon a settings file has the configuration that was assigned. */
const everyMs = 500

type SettingsRule = AgentRule & { settings: NonNullable<AgentRule['settings']> }

/**
 * Keeps the settings file of every instance at the configuration assigned to it, as the answer to a heartbeat does for an instance that
 * polls. That it is in force is known once the telemetry of the instance says so.
 */
export class SettingsFiles {
  readonly #db: Database
  readonly #rules: readonly SettingsRule[]
  readonly #onUnavailable: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #isWriting = false

  constructor(db: Database, rules: readonly AgentRule[], onUnavailable: (error: unknown) => void) {
    this.#db = db
    this.#rules = rules.filter((rule): rule is SettingsRule => rule.settings !== undefined)
    this.#onUnavailable = onUnavailable
  }

  start(): void {
    if (this.#rules.length > 0) this.#timer = setInterval(() => void this.#beat(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #beat(): Promise<void> {
    if (this.#isWriting) return
    this.#isWriting = true
    try {
      // One agent's unwritable folder must not keep others from their settings.
      for (const rule of this.#rules) await this.converge(rule).catch(this.#onUnavailable)
    } finally {
      this.#isWriting = false
    }
  }

  /** Writes the files of an agent's instances that do not have what is assigned to them. */
  async converge({ agentId, settings }: SettingsRule): Promise<void> {
    for (const { instanceId, transport, liveness } of await listKnownInstances(this.#db, agentId)) {
      if (transport !== 'otlp' || liveness === 'gone') continue
      const delivery = await getAssignedConfiguration(this.#db, agentId, instanceId)
      await replaceFile(settingsPath(settings.file, agentId, instanceId), format(delivery))
    }
  }
}

const format = ({ version, values }: Delivery) => `${JSON.stringify({ version, values }, null, 2)}\n`

/** Replaces a file at once, so that nobody reads half of it; one that has this content already stays. */
async function replaceFile(path: string, content: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
