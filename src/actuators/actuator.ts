import type { ConfigurationInForce, Delivery } from '../messaging/protocol.ts'
import { describeDrift, findDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'

export interface ActuatorTarget {
  agentId: string
  instanceId: string
}

/** A way to change the configuration of an instance. The desired state has already been stored. */
export interface Actuator {
  /**
   * Delivers a configuration and waits until the instance confirms that it is in force. Idempotent.
   * @throws OptimizerError `refused` (the instance says why), `not-acknowledged` (no answer in time, retryable), `wrong-version` (the
   * instance reports another version in force) or `drifting` (it reports other values under this version, retryable)
   */
  deliver(target: ActuatorTarget, delivery: Delivery, timeoutMs: number): Promise<void>
  /**
   * Asks the instance for the configuration in force.
   * @throws OptimizerError `not-acknowledged` (retryable) if it does not answer in time
   */
  readBack(target: ActuatorTarget, timeoutMs: number): Promise<ConfigurationInForce>
}

export function isInForce(delivery: Delivery, inForce: ConfigurationInForce): boolean {
  return inForce.version === delivery.version && findDrift(delivery.values, inForce.values).length === 0
}

export function createRefusedError({ instanceId }: ActuatorTarget, version: number, reason: string): OptimizerError {
  return new OptimizerError('refused', `${instanceId} refused version ${version}: ${reason}.`)
}

/** @param remedy the end of the sentence */
export function createNotAcknowledgedError(
  { instanceId }: ActuatorTarget,
  timeoutMs: number,
  { cause, remedy: usual = 'check that it is running.' }: { cause?: unknown; remedy?: string } = {},
): OptimizerError {
  const refused = cause instanceof OptimizerError && cause.code === 'not-permitted'
  const remedy = refused ? cause.message : usual
  const message = `${instanceId} did not confirm its configuration within ${timeoutMs} ms; ${remedy}`
  return new OptimizerError('not-acknowledged', message, { retryable: true, cause })
}

/** The error for an instance that confirmed a delivery but runs with something else. */
export function createNotInForceError(
  { instanceId }: ActuatorTarget,
  { version, values }: Delivery,
  inForce: ConfigurationInForce,
): OptimizerError {
  if (inForce.version !== version)
    return new OptimizerError(
      'wrong-version',
      `${instanceId} should run version ${version} but reports version ${inForce.version}.`,
    )
  const drift = describeDrift(findDrift(values, inForce.values))
  return new OptimizerError('drifting', `${instanceId} confirmed version ${version} but runs with ${drift}.`, { retryable: true })
}
