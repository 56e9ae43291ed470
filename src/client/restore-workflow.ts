import type { Client } from '@temporalio/client'
import type { Trial } from '../store/trials.ts'

/** Starts the workflow that puts back what was there before a trial; where it runs already, that one goes on. */
export function startRestore(temporal: Client, taskQueue: string, { id, agentId }: Pick<Trial, 'id' | 'agentId'>) {
  return temporal.workflow.start('restore', {
    workflowId: `restore-${id}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [{ trialId: id }],
    staticSummary: `Put back ${agentId} as it was before ${id}`,
  })
}
