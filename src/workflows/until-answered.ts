import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow'

/** Waits until every update is answered before the workflow ends, cancelled or not. */
export async function untilAnswered(): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
}
