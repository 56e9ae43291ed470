import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expandRestartCommand, type RestartCommand } from '../../model/restart.ts'
import { toCleanText } from '../../model/text.ts'
import { recordRefusal } from '../../store/agents.ts'
import type { Database } from '../../store/database.ts'
import type { KnownInstance } from '../../store/instance-liveness.ts'
import { requestRestart } from '../../store/restarts.ts'

/** A command that requests a restart and waits for it to finish takes no longer. */
const commandTimeoutMs = 60_000

interface Instance {
  agentId: string
  instanceId: string
}

/** Restarts instances by the operator's commands, one at a time for each agent. */
export class InstanceRestarter {
  readonly #db: Database
  readonly #prepare: (instance: Instance) => Promise<void>

  /** @param prepare has an instance find its settings when it starts */
  constructor(db: Database, prepare: (instance: Instance) => Promise<void>) {
    this.#db = db
    this.#prepare = prepare
  }

  /** Restarts the next instance of an agent that runs with its assigned version only after a restart. @param instances those of the agent */
  async converge(command: RestartCommand, instances: readonly KnownInstance[]): Promise<void> {
    const { agentId } = command
    for (const { instanceId, assignedVersion, effectiveVersion, liveness } of instances) {
      if (liveness === 'gone' || effectiveVersion === assignedVersion) continue
      const { isNew, version } = await requestRestart(this.#db, agentId, instanceId, Date.now())
      if (!isNew) continue
      const reason = await this.#run(command, { agentId, instanceId })
      if (reason !== undefined)
        await recordRefusal(this.#db, { agentId, instanceId, version, reason: toCleanText(reason, 2_000) })
    }
  }

  /** The reason why it failed; undefined if it succeeded, which does not mean that the instance has started. */
  async #run(command: RestartCommand, instance: Instance): Promise<string | undefined> {
    const [program, ...parameters] = expandRestartCommand(command, instance.agentId, instance.instanceId)
    try {
      await this.#prepare(instance)
      await promisify(execFile)(program!, parameters, { timeout: commandTimeoutMs, maxBuffer: 1024 * 1024 })
      return undefined
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string }
      return `the command ${program} that restarts it failed: ${stderr.trim().slice(-500) || message}`
    }
  }
}
