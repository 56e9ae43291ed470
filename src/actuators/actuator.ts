import type { ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration } from '../model/knob.ts'

export interface ActuatorTarget {
  agentId: string
  instanceId: string
}

/** A way to change the configuration of an instance. The desired state has already been stored. */
export interface Actuator {
  /**
   * Delivers a configuration and waits until the instance confirms that it is in force. Idempotent.
   * @throws OptimizerError `refused` (the instance says why), `not-acknowledged` (no answer in time, retryable) or
   * `wrong-version` (the instance reports another configuration in force)
   */
  deliver(target: ActuatorTarget, delivery: Delivery, timeoutMs: number): Promise<void>
  /**
   * Asks the instance for the configuration in force.
   * @throws OptimizerError `not-acknowledged` (retryable) if it does not answer in time
   */
  readBack(target: ActuatorTarget, timeoutMs: number): Promise<ConfigurationInForce>
}

export function isInForce(delivery: Delivery, inForce: ConfigurationInForce): boolean {
  return inForce.version === delivery.version && isSameConfiguration(inForce.values, delivery.values)
}

export function createRefusedError({ instanceId }: ActuatorTarget, version: number, reason: string): OptimizerError {
  return new OptimizerError('refused', `${instanceId} refused version ${version}: ${reason}.`)
}

export function createNotAcknowledgedError({ instanceId }: ActuatorTarget, timeoutMs: number, cause?: unknown): OptimizerError {
  const refused = cause instanceof OptimizerError && cause.code === 'not-permitted'
  const remedy = refused ? cause.message : 'check that it is running.'
  const message = `${instanceId} did not confirm its configuration within ${timeoutMs} ms; ${remedy}`
  return new OptimizerError('not-acknowledged', message, { retryable: true, cause })
}

export function createWrongVersionError(
  { instanceId }: ActuatorTarget,
  { version }: Delivery,
  inForce: ConfigurationInForce,
): OptimizerError {
  const found = inForce.version === version ? 'other values under that version' : `version ${inForce.version}`
  return new OptimizerError('wrong-version', `${instanceId} should run version ${version} but reports ${found}.`)
}
