import { setTimeout as sleep } from 'node:timers/promises'
import type { Workflow, WorkflowHandle, WorkflowResultType } from '@temporalio/client'
import { connectionLost, isTemporalUnavailable } from './errors.ts'

const lookEveryMs = 500
/** A server that ended by itself is back by then. */
const patienceMs = 10_000

/**
 * What a workflow came to. It is waited for by short looks: a call that waits would be made again behind the back of whoever closes
 * the connection, and the failure of that ends the process.
 * @param signal ends the waiting, with its reason; nothing is under way then
 * @throws OptimizerError `unreachable` when Temporal does not answer for ten seconds
 */
export async function waitForWorkflowResult<W extends Workflow>(
  handle: WorkflowHandle<W>,
  signal?: AbortSignal,
): Promise<WorkflowResultType<W>> {
  while (await isWorkflowRunning(handle)) await sleep(lookEveryMs, undefined, { signal })
  return await handle.result()
}

/** Whether a workflow has not ended yet. @throws OptimizerError `unreachable` as above */
export async function isWorkflowRunning(handle: WorkflowHandle): Promise<boolean> {
  try {
    const { status } = await handle.client.withDeadline(Date.now() + patienceMs, () => handle.describe())
    return status.name === 'RUNNING'
  } catch (error) {
    throw isTemporalUnavailable(error) ? connectionLost('Temporal', error) : error
  }
}
