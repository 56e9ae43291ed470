import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'

export interface RunningRestore {
  workflowId: string
  since: Date
}

/** The running restores, oldest first. */
export async function listRunningRestores(temporal: Client): Promise<RunningRestore[]> {
  const found: RunningRestore[] = []
  const query = "WorkflowType = 'restore' AND ExecutionStatus = 'Running'"
  for await (const { workflowId, startTime } of temporal.workflow.list({ query })) found.push({ workflowId, since: startTime })
  return found.reverse()
}

/** The running restore with this id; undefined if there is none or it has ended. */
export async function findRunningRestore(temporal: Client, workflowId: string): Promise<WorkflowHandle | undefined> {
  const handle = temporal.workflow.getHandle(workflowId)
  try {
    const { type, status } = await handle.describe()
    return type === 'restore' && status.name === 'RUNNING' ? handle : undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
