import { heartbeat } from '@temporalio/activity'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration } from '../model/knob.ts'
import { listAgentInstances } from '../store/agents.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Delivers a configuration to instances in parallel and reads back what is in force.
 * @throws OptimizerError `refused`, `not-acknowledged`, `wrong-version` or `not-in-force`.
 */
export async function deliverAndVerify(
  { db, config, actuatorFor }: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  delivery: Delivery,
): Promise<void> {
  const transports = new Map((await listAgentInstances(db, agentId)).map((instance) => [instance.instanceId, instance.transport]))
  const timeoutMs = config.trials.acknowledgeMs
  const beat = setInterval(() => heartbeat(`delivering version ${delivery.version}`), 2_000)
  try {
    await Promise.all(
      instanceIds.map(async (instanceId) => {
        const actuator = actuatorFor(transports.get(instanceId) ?? 'nats')
        await actuator.deliver({ agentId, instanceId }, delivery, timeoutMs)
        const inForce = await actuator.readBack({ agentId, instanceId }, timeoutMs)
        if (inForce.version !== delivery.version || !isSameConfiguration(inForce.values, delivery.values)) {
          const message = `${instanceId} acknowledged version ${delivery.version} but runs with version ${inForce.version}.`
          throw new OptimizerError('not-in-force', message, { retryable: true })
        }
      }),
    )
  } finally {
    clearInterval(beat)
  }
}
