import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow'

/** Whoever sent an update hears its answer before the workflow ends, cancelled or not. */
export async function untilAnswered(): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
}
