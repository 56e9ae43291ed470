import { setTimeout as sleep } from 'node:timers/promises'
import type { Workflow, WorkflowHandle, WorkflowResultType } from '@temporalio/client'
import { connectionLost, isTemporalUnavailable } from './errors.ts'

const lookEveryMs = 500
/** A server that crashed is back by then. */
const patienceMs = 10_000

/**
 * Waits for the result of a workflow by polling: the SDK repeats a blocking call even after the connection was closed, and its failure
 * ends the process.
 * @param signal ends the wait with its reason, leaving no call behind
 * @throws OptimizerError `unreachable` if Temporal does not answer for ten seconds
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
