import { createNotInForceError, isInForce } from '../actuators/actuator.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { convergenceTimeoutMs, type KnobDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { listAgentInstances } from '../store/agents.ts'
import { findConfiguration } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { loadInstanceValues } from '../store/deliveries.ts'
import { listDriftingInstances } from '../store/drift.ts'
import type { Dependencies } from './dependencies.ts'
import { waitForRestarts } from './wait-for-restarts.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/** The longest wait for restarts in one attempt; another one continues it. */
const restartWaitMs = 10_000

/**
 * Delivers a configuration to instances in parallel, to each the values of the knobs that it declares, and reads back what is in force.
 * Those that take it only on a restart are waited for first.
 * @returns the failures by instance: `refused`, `not-acknowledged`, `wrong-version`, `not-in-force`, `drifting`,
 * those of `waitForRestarts`, or an error of another kind
 */
export async function deliverAndVerify(
  dependencies: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  { version, values }: Delivery,
  timeoutMs = dependencies.config.trials.acknowledgeMs,
): Promise<Map<string, Error>> {
  const { db, actuatorFor } = dependencies
  const transports = new Map((await listAgentInstances(db, agentId)).map((instance) => [instance.instanceId, instance.transport]))
  const valuesOf = await loadInstanceValues(db, agentId, values)
  const deliver = async (instanceId: string) => {
    const actuator = actuatorFor(transports.get(instanceId) ?? 'nats')
    const target = { agentId, instanceId }
    const delivery = { version, values: valuesOf.get(instanceId) ?? values }
    await actuator.deliver(target, delivery, timeoutMs)
    const inForce = await actuator.readBack(target, timeoutMs)
    if (isInForce(delivery, inForce)) return
    if (inForce.version === version) throw createNotInForceError(target, delivery, inForce)
    const message = `${instanceId} acknowledged version ${version} but runs version ${inForce.version}.`
    throw new OptimizerError('not-in-force', message, { retryable: true })
  }
  return await withHeartbeat(`delivering version ${version}`, async () => {
    const waiting = { delivery: { version, values }, timeoutMs: Math.min(timeoutMs, restartWaitMs) }
    const failures = await waitForRestarts(dependencies, agentId, instanceIds, waiting)
    await Promise.all(
      instanceIds
        .filter((instanceId) => !failures.has(instanceId))
        .map((instanceId) => deliver(instanceId).catch((error) => void failures.set(instanceId, error as Error))),
    )
    return failures
  })
}

const isTransient = (error: Error) => !(error instanceof OptimizerError) || error.retryable

/** Whether an instance did not answer, which says nothing about the configuration itself. */
export function isNotAcknowledgedError(error: Error): boolean {
  return error instanceof OptimizerError && error.code === 'not-acknowledged'
}

/**
 * Sentences about the instances that failed to run with a configuration because something lastingly overrides its values, by instance.
 * @param isTolerable whether an instance with these other values may be left to its alert
 */
export async function listTolerableFailures(
  db: Database,
  agentId: string,
  failures: ReadonlyMap<string, Error>,
  isTolerable: (drift: readonly KnobDrift[]) => boolean,
): Promise<Map<string, string>> {
  const drifting = await listDriftingInstances(db, { agentId })
  const lasting = drifting.filter(({ since, drift }) => Date.now() - since.getTime() > convergenceTimeoutMs && isTolerable(drift))
  return new Map(
    lasting.flatMap(({ instanceId }) => {
      const error = failures.get(instanceId)
      return error instanceof OptimizerError && error.code === 'drifting' ? [[instanceId, error.message]] : []
    }),
  )
}

/**
 * Delivers a configuration to instances. Every one that is heard in the meantime has to confirm it, and at least one in any case. The
 * others get it when they answer.
 * @param isTolerable as in `listTolerableFailures`; by default nothing is
 * @returns the ids of those that confirmed; `drifting` has a sentence about each of them that runs with other values anyway
 * @throws OptimizerError `refused`, `not-acknowledged`, `wrong-version`, `not-in-force` or `drifting`
 */
export async function deliverToLiveInstances(
  dependencies: Dependencies,
  agentId: string,
  instanceIds: readonly string[],
  delivery: Delivery,
  isTolerable: (drift: readonly KnobDrift[]) => boolean = () => false,
): Promise<{ confirmed: string[]; drifting: string[] }> {
  const from = Date.now()
  const failures = await deliverAndVerify(dependencies, agentId, instanceIds, delivery)
  const tolerable = await listTolerableFailures(dependencies.db, agentId, failures, isTolerable)
  for (const instanceId of tolerable.keys()) failures.delete(instanceId)
  const drifting = [...tolerable.values()]
  if (failures.size === 0) return { confirmed: [...instanceIds], drifting }
  const heard = new Set(
    (await listAgentInstances(dependencies.db, agentId))
      .filter(({ heartbeatAt }) => heartbeatAt.getTime() > from)
      .map(({ instanceId }) => instanceId),
  )
  const serious = [...failures].filter(([instanceId, error]) => !isNotAcknowledgedError(error) || heard.has(instanceId))
  const confirmed = instanceIds.filter((instanceId) => !failures.has(instanceId))
  // Errors that no retry can fix come first.
  const [worst] = serious.map(([, error]) => error).toSorted((a, b) => Number(isTransient(a)) - Number(isTransient(b)))
  if (worst) throw worst
  if (confirmed.length === 0) throw [...failures.values()][0]!
  return { confirmed, drifting }
}

/** A version of an agent, as it is delivered. @throws OptimizerError `unknown-version` */
export async function getDelivery(db: Database, agentId: string, version: number): Promise<Delivery> {
  const stored = await findConfiguration(db, agentId, version)
  if (!stored) throw new OptimizerError('unknown-version', `${agentId} has no configuration version ${version}.`)
  return { version, values: stored.values }
}
