import { groupConfirmations, selectAwaitedInstances } from '../analysis/trials/awaited-instances.ts'
import type { Delivery } from '../messaging/protocol.ts'
import type { KnobDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { joinWithAnd, pluralize } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import { raiseAlert } from '../store/alerts.ts'
import { findConfiguration, loadValuesByVersion } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listKnownInstances } from '../store/instance-liveness.ts'
import { tryPinLock } from '../store/locks.ts'
import { deliverAndVerify, isNotAcknowledgedError, listTolerableFailures } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'

/** The instances of an agent that must confirm these values; called in the transaction that assigns them. */
export async function listAwaitedInstances(db: Database, agentId: string, values: KnobValues): Promise<string[]> {
  const instances = await listKnownInstances(db, agentId)
  const versions = [...new Set(instances.map(({ assignedVersion }) => assignedVersion))]
  return selectAwaitedInstances(instances, values, await loadValuesByVersion(db, agentId, versions))
}

/** Instances that need not confirm get this long, so that one that is about to stop does not hold up the others. */
const courtesyMs = 2_000

interface EnforceRequest {
  agentId: string
  delivery: Delivery
  /** The instances that have to confirm it, recorded when it was decided; null for every instance. */
  awaited: string[] | null
  /** The thing that is restored, the subject of the alert's sentence. */
  subject: string
  /** The trial or request that the alert is about. */
  alertOf: string
  /** As in `listTolerableFailures`. */
  isTolerable: (drift: readonly KnobDrift[]) => boolean
}

/** Instances that do not run with an enforced configuration. */
export interface NoncompliantInstances {
  /** Those that were gone first. */
  gone: string[]
  /** A sentence about each one that confirmed it but keeps running with other values, as an alert says too. */
  drifting: string[]
}

/**
 * Enforces the agent's configuration that is in force at the end, even if somebody changes it in the meantime; otherwise
 * like `enforceConfiguration`. By default, the instances recorded with it must confirm it.
 */
export async function enforceCurrentConfiguration(
  dependencies: Dependencies,
  request: Omit<EnforceRequest, 'delivery' | 'awaited'> & { awaited?: string[] | null },
): Promise<NoncompliantInstances> {
  const { db } = dependencies
  const { agentId } = request
  for (;;) {
    const delivery = await getCurrentConfiguration(db, agentId)
    const { awaited } = 'awaited' in request ? request : (await findConfiguration(db, agentId, delivery.version))!
    const unenforced = await enforceConfiguration(dependencies, { ...request, delivery, awaited: awaited ?? null })
    if ((await getCurrentConfiguration(db, agentId)).version === delivery.version) return unenforced
  }
}

/**
 * Delivers a configuration to every live instance, and waits for those that must confirm it.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while one of them has not confirmed it and is not gone.
 */
async function enforceConfiguration(
  dependencies: Dependencies,
  { agentId, delivery, awaited, subject, alertOf, isTolerable }: EnforceRequest,
): Promise<NoncompliantInstances> {
  const { db } = dependencies
  const known = await listKnownInstances(db, agentId)
  const idsOf = (instances: typeof known) =>
    instances.filter(({ liveness }) => liveness === 'live').map(({ instanceId }) => instanceId)
  const live = idsOf(groupConfirmations(known, awaited, delivery).pending)
  const others = idsOf(known).filter((instanceId) => awaited && !awaited.includes(instanceId))
  const [failures] = await Promise.all([
    deliverAndVerify(dependencies, agentId, live, delivery),
    deliverAndVerify(dependencies, agentId, others, delivery, courtesyMs),
  ])
  const tolerable = await listTolerableFailures(db, agentId, failures, isTolerable)
  const verified = new Set(live.filter((instanceId) => !failures.has(instanceId) || tolerable.has(instanceId)))
  const after = groupConfirmations(await listKnownInstances(db, agentId), awaited, delivery)
  const pending = after.pending.map(({ instanceId }) => instanceId).filter((instanceId) => !verified.has(instanceId))
  const gone = after.gone.map(({ instanceId }) => instanceId)
  if (pending.length === 0) return { gone, drifting: [...tolerable.values()] }
  const failure = pending.map((instanceId) => failures.get(instanceId)).find((error) => error && !isNotAcknowledgedError(error))
  const [heard, silent] = [pending.filter((id) => live.includes(id)), pending.filter((id) => !live.includes(id))]
  const what = failure?.message ?? describeUnconfirmed(heard, silent, dependencies.config.trials.acknowledgeMs)
  const message = `${subject} could not be restored yet: ${what} The optimizer keeps trying.`
  const alert = { cause: 'unconfirmed-configuration', component: agentId, trialId: alertOf } as const
  // A restart takes its time.
  const isRestarting = failure instanceof OptimizerError && failure.code === 'restarting'
  if (!isRestarting) await raiseWhileEnforcing(db, { ...alert, severity: 'high', message })
  throw new OptimizerError('unreachable', message, { retryable: true, cause: failure ?? failures.get(pending[0]!) })
}

/** An attempt that was given up, or replaced by another one, may end after the enforcement, which holds the agent's lock, has. */
async function raiseWhileEnforcing(db: Database, alert: Parameters<typeof raiseAlert>[1] & { trialId: string }): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (await tryPinLock(trx, alert.component, alert.trialId)) await raiseAlert(trx, alert)
  })
}

function describeUnconfirmed(heard: readonly string[], silent: readonly string[], acknowledgeMs: number): string {
  const whose = heard.length === 1 ? 'its' : 'their'
  const clauses = [
    ...(heard.length > 0 ? [`${formatNames(heard)} did not confirm ${whose} configuration within ${acknowledgeMs} ms`] : []),
    ...(silent.length > 0 ? [`${formatNames(silent)} cannot be reached`] : []),
  ]
  return `${joinWithAnd(clauses)}.`
}

/** "a, b, c and 17 others" */
function formatNames(instanceIds: readonly string[]): string {
  const shown = instanceIds.length > 4 ? 3 : instanceIds.length
  const others = instanceIds.length - shown
  return joinWithAnd([...instanceIds.slice(0, shown), ...(others > 0 ? [pluralize(others, 'other')] : [])])
}
