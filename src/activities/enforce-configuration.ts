import { selectAwaited, sortConfirmations } from '../analysis/trials/awaited-instances.ts'
import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { joinWithAnd, pluralize } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import { raiseAlert } from '../store/alerts.ts'
import { loadValuesByVersion } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listKnownInstances } from '../store/instance-liveness.ts'
import { deliverAndVerify, isUnanswered } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'

/** The instances of an agent that have to confirm these values; called in the transaction that assigns them. */
export async function listAwaited(db: Database, agentId: string, values: KnobValues): Promise<string[]> {
  const instances = await listKnownInstances(db, agentId)
  const versions = [...new Set(instances.map(({ assignedVersion }) => assignedVersion))]
  return selectAwaited(instances, values, await loadValuesByVersion(db, agentId, versions))
}

/** Instances that need not confirm get this long, so that one that is about to stop holds nobody up. */
const courtesyMs = 2_000

/**
 * Delivers a configuration to every live instance, and waits for those that have to confirm it; returns those that were gone first.
 * @param awaited the instances recorded when it was decided; null for every instance
 * @param subject what is restored, the subject of the alert's sentence
 * @param alertOf the trial or request that the alert is about
 * @throws OptimizerError `unreachable`, retryable, with an alert, while one of them has not confirmed it and is not gone.
 */
export async function enforceConfiguration(
  dependencies: Dependencies,
  {
    agentId,
    delivery,
    awaited,
    subject,
    alertOf,
  }: { agentId: string; delivery: Delivery; awaited: string[] | null; subject: string; alertOf: string },
): Promise<string[]> {
  const { db } = dependencies
  const known = await listKnownInstances(db, agentId)
  const idsOf = (instances: typeof known) =>
    instances.filter(({ liveness }) => liveness === 'live').map(({ instanceId }) => instanceId)
  const live = idsOf(sortConfirmations(known, awaited, delivery).pending)
  const others = idsOf(known).filter((instanceId) => awaited && !awaited.includes(instanceId))
  const [failures] = await Promise.all([
    deliverAndVerify(dependencies, agentId, live, delivery),
    deliverAndVerify(dependencies, agentId, others, delivery, courtesyMs),
  ])
  const verified = new Set(live.filter((instanceId) => !failures.has(instanceId)))
  const after = sortConfirmations(await listKnownInstances(db, agentId), awaited, delivery)
  const pending = after.pending.map(({ instanceId }) => instanceId).filter((instanceId) => !verified.has(instanceId))
  const gone = after.gone.map(({ instanceId }) => instanceId)
  if (pending.length === 0) return gone
  const failure = pending.map((instanceId) => failures.get(instanceId)).find((error) => error && !isUnanswered(error))
  const what = failure?.message ?? `${formatNames(pending)} cannot be reached.`
  const message = `${subject} could not be restored yet: ${what} The optimizer keeps trying.`
  const alert = { cause: 'unconfirmed-configuration', component: agentId, trialId: alertOf } as const
  await raiseAlert(db, { ...alert, severity: 'high', message })
  throw new OptimizerError('unreachable', message, { retryable: true, cause: failure ?? failures.get(pending[0]!) })
}

/** "a, b, c and 17 others" */
function formatNames(instanceIds: readonly string[]): string {
  const shown = instanceIds.length > 4 ? 3 : instanceIds.length
  const others = instanceIds.length - shown
  return joinWithAnd([...instanceIds.slice(0, shown), ...(others > 0 ? [pluralize(others, 'other')] : [])])
}
