import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { approveUpdate } from '../contract/messages.ts'
import { trialWorkflowId } from '../contract/workflows.ts'
import { type ApprovalDecisionInput, type ApprovalOutcome, approvalDecisionSchema, describeApproval } from '../model/approval.ts'
import { OptimizerError } from '../model/errors.ts'
import { type Approval, findApproval } from '../store/approvals.ts'
import type { Database } from '../store/database.ts'

/** See `OptimizerClient.decide`. */
export async function decideApproval(
  { db, temporal }: { db: Database; temporal: Client },
  trialId: string,
  decision: ApprovalDecisionInput,
): Promise<ApprovalOutcome> {
  const asked = await findApproval(db, trialId)
  if (!asked)
    throw new OptimizerError(
      'unknown-trial',
      `${trialId} is not waiting for approval; npx optimizer status lists the trials that are.`,
    )
  if (asked.state === 'timed-out' || asked.state === 'withdrawn') throw notWaiting(asked)
  try {
    const handle = temporal.workflow.getHandle(trialWorkflowId(trialId))
    return await handle.executeUpdate(approveUpdate, { args: [approvalDecisionSchema.parse(decision)] })
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw notWaiting((await findApproval(db, trialId)) ?? asked)
  }
}

function notWaiting(asked: Approval): OptimizerError {
  return new OptimizerError('not-waiting', `${asked.trialId} ${describeApproval(asked)}; there is nothing left to decide.`)
}
