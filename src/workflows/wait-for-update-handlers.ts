import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow'

/** Waits until all updates are answered before the workflow ends, even if it is cancelled. */
export async function waitForUpdateHandlers(): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
}
