import { type AlertAcknowledgementInput, alertAcknowledgementSchema } from '../model/commands.ts'
import { type DeploymentRequest, deploymentRequestSchema } from '../model/deployment.ts'
import { recordDismissal } from '../store/anomalies.ts'
import { insertDeployment } from '../store/deployments.ts'
import type { OptimizerClient } from './optimizer.ts'

/**
 * Dismisses an anomaly as a false alarm: it ends, and similar ones in that series must be stronger to be reported.
 * @throws OptimizerError `unknown-anomaly`; ZodError if nobody is named.
 */
export async function dismissAnomaly(
  { db }: Pick<OptimizerClient, 'db'>,
  id: number,
  note: AlertAcknowledgementInput,
): Promise<void> {
  await recordDismissal(db, id, alertAcknowledgementSchema.parse(note))
}

/**
 * Records a deployment, as a possible cause of what changes afterwards.
 * @returns its id
 * @throws ZodError if it is invalid
 */
export async function recordDeployment({ db }: Pick<OptimizerClient, 'db'>, request: DeploymentRequest): Promise<number> {
  const { component = null, description, at, by } = deploymentRequestSchema.parse(request)
  return await insertDeployment(db, { component, description, at: at === undefined ? new Date() : new Date(at), deployedBy: by })
}
