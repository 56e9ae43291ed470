import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { statusQuery } from '../contract/messages.ts'
import { controlWorkflowId } from '../contract/workflows.ts'
import type { ControlStatus } from '../model/cycle.ts'
import { OptimizerError } from '../model/errors.ts'

/** The state of the `optimizer` workflow. @throws OptimizerError `no-cycle-yet` if it has never run */
export async function queryControlStatus(temporal: Client): Promise<ControlStatus> {
  try {
    return await temporal.workflow.getHandle(controlWorkflowId).query(statusQuery)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw new OptimizerError('no-cycle-yet', 'No cycle has run yet; start one with npx optimizer cycle.')
  }
}
