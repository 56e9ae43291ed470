import { WithStartWorkflowOperation } from '@temporalio/client'
import { controlWorkflowId } from '../contract/messages.ts'

/** Starts the workflow `optimizer` where none runs; for updates with start. */
export function startControl(taskQueue: string) {
  return new WithStartWorkflowOperation('optimizer', {
    workflowId: controlWorkflowId,
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Policy of the performance optimizer',
  })
}
