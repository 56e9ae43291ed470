import { setTimeout as delay } from 'node:timers/promises'
import { createRefusedError } from '../actuators/actuator.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatDuration, joinWithAnd } from '../model/format.ts'
import { listRestartingInstances, type RestartingInstance } from '../store/restarts.ts'
import type { Dependencies } from './dependencies.ts'

const pollIntervalMs = 200

/**
 * Waits for instances that run with a configuration only after a restart, which the API requests of one after the other
 * (`store/restarts.ts`). Waits for each at most this long, because an activity that waits is tried again.
 * @returns why an instance does not run with it yet, by instance: `restarting`, retryable; `not-restarted` or `refused` if it will not;
 * `needs-restart` if it cannot be restarted
 */
export async function waitForRestarts(
  { db, config }: Pick<Dependencies, 'db' | 'config'>,
  agentId: string,
  instanceIds: readonly string[],
  { delivery, timeoutMs }: { delivery: Delivery; timeoutMs: number },
): Promise<Map<string, Error>> {
  const deadline = Date.now() + timeoutMs
  const isCommanded = config.restarts.some((entry) => entry.agentId === agentId)
  for (;;) {
    const instances = await listRestartingInstances(db, agentId, instanceIds, delivery)
    const failures = new Map(
      instances.map((instance) => [
        instance.instanceId,
        describeRestart(agentId, instance, { version: delivery.version, isCommanded, restartMs: config.trials.restartMs }),
      ]),
    )
    const isHopeless = [...failures.values()].some(({ retryable }) => !retryable)
    if (failures.size === 0 || isHopeless || Date.now() + pollIntervalMs > deadline) return failures
    await delay(pollIntervalMs)
  }
}

function describeRestart(
  agentId: string,
  { instanceId, canRestart, restartVersion, restartRequestedAt, refusedVersion, refusal, knobs }: RestartingInstance,
  { version, isCommanded, restartMs }: { version: number; isCommanded: boolean; restartMs: number },
): OptimizerError {
  if (refusedVersion === version) return createRefusedError({ agentId, instanceId }, version, refusal ?? '')
  if (!canRestart && !isCommanded) return createNeedsRestartError(instanceId, knobs)
  if (restartVersion !== version || !restartRequestedAt)
    return new OptimizerError('restarting', `${instanceId} is waiting for its turn to restart with version ${version}.`, {
      retryable: true,
    })
  const since = Date.now() - restartRequestedAt.getTime()
  if (since < restartMs)
    return new OptimizerError('restarting', `${instanceId} is restarting with version ${version}.`, { retryable: true })
  const asked = `${instanceId} was asked to restart ${formatDuration(since)} ago`
  const remedy = 'find out why it does not start, or give it more time (trials.restartMs)'
  return new OptimizerError('not-restarted', `${asked} and has not announced version ${version} since; ${remedy}.`)
}

function createNeedsRestartError(instanceId: string, knobs: readonly string[]): OptimizerError {
  const takes = `${instanceId} applies ${joinWithAnd(knobs)} only on a restart, and cannot be asked to restart`
  const remedy = 'restart it, set onRestartRequested where it connects, or configure a command for it (restarts)'
  return new OptimizerError('needs-restart', `${takes}; ${remedy}.`)
}
