import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'

export interface RunningRestore {
  workflowId: string
  since: Date
}

const list = (temporal: Client) => temporal.workflow.list({ query: "WorkflowType = 'restore' AND ExecutionStatus = 'Running'" })

/** The running restores, oldest first. */
export async function listRunningRestores(temporal: Client): Promise<RunningRestore[]> {
  const found: RunningRestore[] = []
  for await (const { workflowId, startTime } of list(temporal)) found.push({ workflowId, since: startTime })
  return found.reverse()
}

/** The ids of the runs of the running restores. */
export async function listRunningRestoreRunIds(temporal: Client): Promise<string[]> {
  const found: string[] = []
  for await (const { runId } of list(temporal)) found.push(runId)
  return found
}

/** The running restore with this id; undefined if there is none or it has ended. @param runId only this run of it */
export async function findRunningRestore(
  temporal: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowHandle | undefined> {
  const handle = temporal.workflow.getHandle(workflowId, runId)
  try {
    const { type, status } = await handle.describe()
    return type === 'restore' && status.name === 'RUNNING' ? handle : undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
