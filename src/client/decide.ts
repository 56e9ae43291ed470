import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { approveUpdate } from '../contract/messages.ts'
import { getTrialWorkflowId } from '../contract/workflows.ts'
import {
  type ApprovalDecisionInput,
  type ApprovalOutcome,
  approvalDecisionSchema,
  approvalOutcomeSchema,
  describeApproval,
} from '../model/approval.ts'
import { OptimizerError } from '../model/errors.ts'
import { type Approval, findApproval } from '../store/approvals.ts'
import type { Database } from '../store/database.ts'
import { recordRequestWithoutEffect } from './record-request.ts'

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
    const handle = temporal.workflow.getHandle(getTrialWorkflowId(trialId))
    const given = approvalDecisionSchema.parse(decision)
    const outcome = approvalOutcomeSchema.parse(await handle.executeUpdate(approveUpdate, { args: [given] }))
    if (!outcome.counted) {
      const { by: actor, reason, approve } = given
      const request = { asked: approve ? 'approve' : 'decline', actor, reason }
      await recordRequestWithoutEffect(db, { ...request, subject: asked.agentId, cause: trialId })
    }
    return outcome
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw notWaiting((await findApproval(db, trialId)) ?? asked)
  }
}

function notWaiting(asked: Approval): OptimizerError {
  return new OptimizerError('not-waiting', `${asked.trialId} ${describeApproval(asked)}; there is nothing left to decide.`)
}
