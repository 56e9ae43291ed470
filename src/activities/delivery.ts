import { heartbeat } from '@temporalio/activity'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration } from '../model/knob.ts'
import { listAgentInstances } from '../store/agents.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Delivers a configuration to instances in parallel and reads back what is in force.
 * @returns the failures by instance: `refused`, `not-acknowledged`, `wrong-version`, `not-in-force`, or an error of another kind
 */
export async function deliverAndVerify(
  { db, config, actuatorFor }: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  delivery: Delivery,
  timeoutMs = config.trials.acknowledgeMs,
): Promise<Map<string, Error>> {
  const transports = new Map((await listAgentInstances(db, agentId)).map((instance) => [instance.instanceId, instance.transport]))
  const failures = new Map<string, Error>()
  const beat = setInterval(() => heartbeat(`delivering version ${delivery.version}`), 2_000)
  const deliver = async (instanceId: string) => {
    const actuator = actuatorFor(transports.get(instanceId) ?? 'nats')
    await actuator.deliver({ agentId, instanceId }, delivery, timeoutMs)
    const inForce = await actuator.readBack({ agentId, instanceId }, timeoutMs)
    if (inForce.version === delivery.version && isSameConfiguration(inForce.values, delivery.values)) return
    const message = `${instanceId} acknowledged version ${delivery.version} but runs with version ${inForce.version}.`
    throw new OptimizerError('not-in-force', message, { retryable: true })
  }
  try {
    await Promise.all(
      instanceIds.map((instanceId) => deliver(instanceId).catch((error) => void failures.set(instanceId, error as Error))),
    )
  } finally {
    clearInterval(beat)
  }
  return failures
}

/** Whether an instance did not answer, which says nothing about the configuration itself. */
export function isUnanswered(error: Error): boolean {
  return error instanceof OptimizerError && error.code === 'not-acknowledged'
}

/**
 * Delivers a configuration to instances of which every one that is heard meanwhile has to confirm it, and at least one in any case. The
 * others get it when they answer.
 * @returns the ids of those that confirmed
 * @throws OptimizerError `refused`, `not-acknowledged`, `wrong-version` or `not-in-force`
 */
export async function deliverToLive(
  dependencies: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  delivery: Delivery,
): Promise<string[]> {
  const from = Date.now()
  const failures = await deliverAndVerify(dependencies, agentId, instanceIds, delivery)
  if (failures.size === 0) return [...instanceIds]
  const heard = new Set(
    (await listAgentInstances(dependencies.db, agentId))
      .filter(({ heartbeatAt }) => heartbeatAt.getTime() > from)
      .map(({ instanceId }) => instanceId),
  )
  const serious = [...failures].find(([instanceId, error]) => !isUnanswered(error) || heard.has(instanceId))
  const confirmed = instanceIds.filter((instanceId) => !failures.has(instanceId))
  if (serious) throw serious[1]
  if (confirmed.length === 0) throw [...failures.values()][0]!
  return confirmed
}
