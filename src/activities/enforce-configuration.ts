import type { Delivery } from '../messaging/protocol.ts'
import type { KnobDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import { raiseAlert } from '../store/alerts.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { deliverAndVerify } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'

/** Enforces the configuration of an agent that is in force at the end, even if somebody changes it meanwhile; otherwise as `enforceConfiguration`. */
export async function enforceCurrentConfiguration(
  dependencies: Dependencies,
  request: Omit<EnforceRequest, 'delivery'>,
): Promise<Unenforced> {
  for (;;) {
    const delivery = await getCurrentConfiguration(dependencies.db, request.agentId)
    const unenforced = await enforceConfiguration(dependencies, { ...request, delivery })
    if ((await getCurrentConfiguration(dependencies.db, request.agentId)).version === delivery.version) return unenforced
  }
}

interface EnforceRequest {
  agentId: string
  delivery: Delivery
  /** What is restored, the subject of the alert's sentence. */
  subject: string
  /** The trial or request that the alert is about. */
  alertOf: string
  /** As in `deliverAndVerify`. */
  isTolerable: (drift: readonly KnobDrift[]) => boolean
}

/** Instances that do not run with an enforced configuration. */
export interface Unenforced {
  /** Those that are gone for good. */
  gone: string[]
  /** A sentence about each one that confirmed it but keeps running with other values, as an alert says too. */
  drifting: string[]
}

/**
 * Delivers a configuration to every instance and verifies that it is in force.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while an instance cannot be reached.
 */
async function enforceConfiguration(
  dependencies: Dependencies,
  { agentId, delivery, subject, alertOf, isTolerable }: EnforceRequest,
): Promise<Unenforced> {
  const { live, silent, gone } = await classifyInstances(dependencies.db, agentId)
  const drifting = await deliverAndVerify(dependencies, agentId, live, delivery, isTolerable).catch((error: Error) => error)
  const failure = drifting instanceof Error ? drifting : undefined
  if (!(drifting instanceof Error) && silent.length === 0) return { gone, drifting }
  const what = failure?.message ?? `${silent.join(', ')} cannot be reached.`
  const message = `${subject} could not be restored yet: ${what} The optimizer keeps trying.`
  await raiseAlert(dependencies.db, { severity: 'high', component: agentId, message, trialId: alertOf })
  throw new OptimizerError('unreachable', message, { retryable: true, cause: failure })
}
