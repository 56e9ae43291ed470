import { heartbeat } from '@temporalio/activity'
import { createNotInForceError } from '../actuators/actuator.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { convergenceTimeoutMs, findDrift, type KnobDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { listAgentInstances } from '../store/agents.ts'
import { loadInstanceValues } from '../store/deliveries.ts'
import { listDriftingInstances } from '../store/drift.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Delivers a configuration to instances in parallel, to each the values of the knobs that it declares, and reads back what is in force.
 * @param isTolerable whether an instance that keeps running with these other values may be left to its alert; by default it may not
 * @returns a sentence about each such instance
 * @throws OptimizerError `refused`, `not-acknowledged`, `wrong-version`, `not-in-force` or `drifting`
 */
export async function deliverAndVerify(
  { db, config, actuatorFor }: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  { version, values }: Delivery,
  isTolerable: (drift: readonly KnobDrift[]) => boolean = () => false,
): Promise<string[]> {
  const transports = new Map((await listAgentInstances(db, agentId)).map((instance) => [instance.instanceId, instance.transport]))
  const valuesOf = await loadInstanceValues(db, agentId, values)
  const timeoutMs = config.trials.acknowledgeMs
  const deliver = async (instanceId: string) => {
    const actuator = actuatorFor(transports.get(instanceId) ?? 'nats')
    const target = { agentId, instanceId }
    const delivery = { version, values: valuesOf.get(instanceId) ?? values }
    await actuator.deliver(target, delivery, timeoutMs)
    const inForce = await actuator.readBack(target, timeoutMs)
    if (inForce.version !== version) {
      const message = `${instanceId} acknowledged version ${version} but runs with version ${inForce.version}.`
      throw new OptimizerError('not-in-force', message, { retryable: true })
    }
    if (findDrift(delivery.values, inForce.values).length > 0) throw createNotInForceError(target, delivery, inForce)
  }
  /** The sentence about an instance whose drift has lasted, if that is tolerable. */
  const tolerate = async (instanceId: string, error: unknown) => {
    const drifting = await listDriftingInstances(db, { agentId })
    const found = drifting.find((instance) => instance.instanceId === instanceId)
    const lasts = found && Date.now() - found.since.getTime() > convergenceTimeoutMs && isTolerable(found.drift)
    if (lasts && error instanceof OptimizerError && error.code === 'drifting') return error.message
    throw error
  }
  const beat = setInterval(() => heartbeat(`delivering version ${version}`), 2_000)
  try {
    const outcomes = instanceIds.map((instanceId) =>
      deliver(instanceId).then(
        () => [],
        async (error) => [await tolerate(instanceId, error)],
      ),
    )
    return (await Promise.all(outcomes)).flat()
  } finally {
    clearInterval(beat)
  }
}
