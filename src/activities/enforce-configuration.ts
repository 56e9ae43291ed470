import type { Delivery } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { raiseAlert } from '../store/alerts.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { deliverAndVerify } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Delivers a configuration to every instance and verifies that it is in force; returns the instances that are gone for good.
 * @param subject what is restored, the subject of the alert's sentence
 * @param alertOf the trial or request that the alert is about
 * @throws OptimizerError `unreachable`, retryable, with an alert, while an instance cannot be reached.
 */
export async function enforceConfiguration(
  dependencies: Dependencies,
  { agentId, delivery, subject, alertOf }: { agentId: string; delivery: Delivery; subject: string; alertOf: string },
): Promise<string[]> {
  const { live, silent, gone } = await classifyInstances(dependencies.db, agentId)
  const failure = await deliverAndVerify(dependencies, agentId, live, delivery).catch((error: Error) => error)
  if (!failure && silent.length === 0) return gone
  const what = failure?.message ?? `${silent.join(', ')} cannot be reached.`
  const message = `${subject} could not be restored yet: ${what} The optimizer keeps trying.`
  await raiseAlert(dependencies.db, { severity: 'high', component: agentId, message, trialId: alertOf })
  throw new OptimizerError('unreachable', message, { retryable: true, cause: failure })
}
