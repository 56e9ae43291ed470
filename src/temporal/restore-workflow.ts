import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import type { AgentRestore } from '../model/commands.ts'
import type { Trial } from '../store/trials.ts'

/** One trial is put back by one workflow. */
export const restoreIdOf = (trialId: string) => `restore-${trialId}`

/** Starts the workflow that puts back what was there before a trial; where it runs already, that one goes on. */
export function startRestore(
  temporal: Client,
  taskQueue: string,
  { id, agentId }: Pick<Trial, 'id' | 'agentId'>,
  reason?: string,
) {
  return temporal.workflow.start('restore', {
    workflowId: restoreIdOf(id),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [{ trialId: id, reason }],
    staticSummary: `Put back ${agentId} as it was before ${id}`,
  })
}

/** Starts the workflow that brings an agent to settings of a person's choice. */
export function startRewind(temporal: Client, taskQueue: string, input: AgentRestore) {
  return temporal.workflow.start('restore', {
    workflowId: restoreIdOf(`${input.agentId}-${new Date().toISOString()}`),
    taskQueue,
    args: [input],
    staticSummary: `${input.by} sets ${input.agentId} to ${JSON.stringify(input.to)}`,
  })
}

export interface RunningRestore {
  workflowId: string
  since: Date
}

/** What is being put back at present, oldest first. */
export async function runningRestores(temporal: Client): Promise<RunningRestore[]> {
  const found: RunningRestore[] = []
  const query = "WorkflowType = 'restore' AND ExecutionStatus = 'Running'"
  for await (const { workflowId, startTime } of temporal.workflow.list({ query })) found.push({ workflowId, since: startTime })
  return found.reverse()
}

/** The restore of this id; undefined where there is none, or it has ended. */
export async function runningRestore(temporal: Client, workflowId: string): Promise<WorkflowHandle | undefined> {
  const handle = temporal.workflow.getHandle(workflowId)
  try {
    const { type, status } = await handle.describe()
    return type === 'restore' && status.name === 'RUNNING' ? handle : undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
