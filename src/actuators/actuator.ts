import type { ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration } from '../model/knob.ts'

export interface ActuatorTarget {
  agentId: string
  instanceId: string
}

/** A way to change what an instance runs with. The desired state has been written before. */
export interface Actuator {
  /**
   * Delivers and waits until the instance says it is in force. Idempotent.
   * @throws OptimizerError `refused` (the instance says why), `not-acknowledged` (no answer in time, retryable) or
   * `wrong-version` (the instance says something else is in force)
   */
  deliver(target: ActuatorTarget, delivery: Delivery, timeoutMs: number): Promise<void>
  /**
   * What is really in force there, asked anew.
   * @throws OptimizerError `not-acknowledged` (retryable) when it does not say so in time
   */
  readBack(target: ActuatorTarget, timeoutMs: number): Promise<ConfigurationInForce>
}

export function isInForce(delivery: Delivery, inForce: ConfigurationInForce): boolean {
  return inForce.version === delivery.version && isSameConfiguration(inForce.values, delivery.values)
}

export function createRefusedError({ instanceId }: ActuatorTarget, version: number, reason: string): OptimizerError {
  return new OptimizerError('refused', `${instanceId} refuses version ${version}: ${reason}.`)
}

export function createNotAcknowledgedError({ instanceId }: ActuatorTarget, timeoutMs: number, cause?: unknown): OptimizerError {
  const message = `${instanceId} did not say within ${timeoutMs} ms what it runs with; look whether it is alive.`
  return new OptimizerError('not-acknowledged', message, { retryable: true, cause })
}

export function createWrongVersionError(
  { instanceId }: ActuatorTarget,
  { version }: Delivery,
  inForce: ConfigurationInForce,
): OptimizerError {
  const found = inForce.version === version ? 'other values under the same number' : `version ${inForce.version}`
  return new OptimizerError('wrong-version', `${instanceId} was to run with version ${version}, but says ${found} is in force.`)
}
