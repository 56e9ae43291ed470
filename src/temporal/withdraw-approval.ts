import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { rollBackSignal } from '../contract/messages.ts'
import { getTrialWorkflowId } from '../contract/workflows.ts'

/** Ends the wait of a trial for approval; its record then says why. Does nothing if it no longer runs. */
export async function withdrawApproval(temporal: Client, trialId: string, reason: string): Promise<void> {
  try {
    await temporal.workflow.getHandle(getTrialWorkflowId(trialId)).signal(rollBackSignal, trialId, reason)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  }
}
