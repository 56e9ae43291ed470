import { setTimeout as delay } from 'node:timers/promises'
import type { ConfigurationInForce, Delivery } from '../../messaging/protocol.ts'
import { convergenceTimeoutMs } from '../../model/drift.ts'
import type { OptimizerError } from '../../model/errors.ts'
import { type AgentInstance, listAgentInstances } from '../../store/agents.ts'
import type { Database } from '../../store/database.ts'
import {
  type Actuator,
  type ActuatorTarget,
  createNotAcknowledgedError,
  createNotInForceError,
  createRefusedError,
  isInForce,
} from '../actuator.ts'

const pollIntervalMs = 200

/** For instances that poll: a heartbeat tells them the assigned version, and the store records what they report in force. */
export class HttpActuator implements Actuator {
  readonly #db: Database
  readonly #explain: ((target: ActuatorTarget, version: number) => Promise<string>) | undefined

  /** @param explain what helps an instance that has not confirmed a version, as the end of a sentence */
  constructor(db: Database, explain?: (target: ActuatorTarget, version: number) => Promise<string>) {
    this.#db = db
    this.#explain = explain
  }

  async deliver(target: ActuatorTarget, delivery: Delivery, timeoutMs: number): Promise<void> {
    const before = inForceOf(await this.#instance(target))
    const applied = await this.#until(timeoutMs, target, (instance) => {
      const inForce = inForceOf(instance)
      if (inForce && isInForce(delivery, inForce)) return true
      if (inForce?.version === delivery.version && hasDriftedLong(instance))
        throw createNotInForceError(target, delivery, inForce)
      if (instance.refusedVersion === delivery.version) throw createRefusedError(target, delivery.version, instance.refusal ?? '')
      return false
    })
    if (applied) return
    const after = inForceOf(await this.#instance(target))
    if (after && (after.version === delivery.version || after.version !== before?.version))
      throw createNotInForceError(target, delivery, after)
    throw await this.#notAcknowledged(target, timeoutMs, delivery.version)
  }

  async readBack(target: ActuatorTarget, timeoutMs: number): Promise<ConfigurationInForce> {
    const instance = await this.#instance(target)
    const before = instance?.effectiveAt?.getTime()
    let inForce: ConfigurationInForce | undefined
    const reported = await this.#until(timeoutMs, target, (instance) => {
      inForce = inForceOf(instance)
      return instance.effectiveAt?.getTime() !== before
    })
    if (reported && inForce) return inForce
    throw await this.#notAcknowledged(target, timeoutMs, instance?.assignedVersion ?? 0)
  }

  async #notAcknowledged(target: ActuatorTarget, timeoutMs: number, version: number): Promise<OptimizerError> {
    const remedy = await this.#explain?.(target, version)
    return createNotAcknowledgedError(target, timeoutMs, remedy === undefined ? {} : { remedy })
  }

  async #until(timeoutMs: number, target: ActuatorTarget, holds: (instance: AgentInstance) => boolean): Promise<boolean> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const instance = await this.#instance(target)
      if (instance && holds(instance)) return true
      if (Date.now() + pollIntervalMs > deadline) return false
      await delay(pollIntervalMs)
    }
  }

  async #instance({ agentId, instanceId }: ActuatorTarget): Promise<AgentInstance | undefined> {
    return (await listAgentInstances(this.#db, agentId)).find((instance) => instance.instanceId === instanceId)
  }
}

/** Waiting does not help: the instance was already asked to apply its version again. */
function hasDriftedLong({ driftSince }: AgentInstance): boolean {
  return driftSince !== null && Date.now() - driftSince.getTime() > convergenceTimeoutMs
}

function inForceOf(instance: AgentInstance | undefined): ConfigurationInForce | undefined {
  if (instance?.effectiveVersion == null || !instance.effectiveValues) return undefined
  return { version: instance.effectiveVersion, values: instance.effectiveValues }
}
