import type { RestoreResult } from '../contract/activities.ts'
import { getTrialWorkflowId, type Workflows } from '../contract/workflows.ts'
import { formatRollbackReason, type RollbackRequest } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Database } from '../store/database.ts'
import { findStrategy } from '../store/strategies.ts'
import { findTrial, type Trial } from '../store/trials.ts'
import { startRestore, type WorkflowStarter } from '../temporal/starters.ts'
import { waitForWorkflowResult } from '../temporal/waiting.ts'
import { recordRequest, recordRequestWithoutEffect } from './record-request.ts'
import type { StartedRollback, StartedWorkflow } from './started-workflow.ts'
import { requestRollback } from './trial-end.ts'

/** See `OptimizerClient.rollBack`. */
export async function rollBackTrial(
  client: WorkflowStarter & { db: Database },
  request: RollbackRequest,
): Promise<StartedRollback> {
  const { trialId, by: actor, reason, harmful } = request
  const trial = await findTrial(client.db, trialId)
  const agentId = (trial ?? (await findStrategy(client.db, trialId)))?.agentId
  if (!agentId) throw new OptimizerError('unknown-trial', `There is no trial ${trialId}; see npx optimizer status.`)
  const already: RestoreResult = { outcome: 'already', issues: [] }
  const asked = { actor, subject: agentId, cause: trialId, reason }
  // One that is called harmful afterwards is still recorded as such.
  if (trial?.state === 'restored' && !harmful) {
    await recordRequestWithoutEffect(client.db, { asked: 'rollBack', ...asked })
    return { workflowId: null, result: async () => already }
  }
  const started = await askForRollback(client, { request, trial, agentId })
  const { workflowId } = started
  const detail = { trialId, ...(harmful && { harmful }) }
  await recordRequest(client.db, { ...asked, action: 'trial.rollback-requested', workflowId, detail })
  return started
}

/** Asks the workflow that carries out the trial; if none does, starts one that restores. */
async function askForRollback(
  client: WorkflowStarter & { db: Database },
  { request, trial, agentId }: { request: RollbackRequest; trial: Trial | undefined; agentId: string },
): Promise<StartedWorkflow<RestoreResult>> {
  const { trialId, harmful } = request
  const workflowId = trial?.workflowId ?? getTrialWorkflowId(trialId)
  const putBack = () =>
    startRestore(client, { id: trialId, agentId }, { reason: formatRollbackReason(request), requestedBy: request.by, harmful })
  const ended = trial?.endedAt ? undefined : await requestRollback(client.temporal, workflowId, request)
  if (!ended) {
    const handle = await putBack()
    return { workflowId: handle.workflowId, result: (signal) => waitForWorkflowResult(handle, signal) }
  }
  const result = async (signal?: AbortSignal) => {
    const { restored, handedOverTo } = (await ended(signal)) ?? {}
    const going = restored || !handedOverTo ? undefined : client.temporal.workflow.getHandle<Workflows['restore']>(handedOverTo)
    const { outcome, issues } = restored ?? (await waitForWorkflowResult(going ?? (await putBack()), signal))
    return { outcome: outcome === 'already' ? ('done' as const) : outcome, issues }
  }
  return { workflowId, result }
}
