import { CancellationScope } from '@temporalio/workflow'

/**
 * Compensations in the order they were registered, undone in reverse.
 * Register before acting: a step that fails halfway is undone too, so compensations must be idempotent.
 */
export class Saga {
  private readonly compensations: (() => Promise<void>)[] = []

  register(compensation: () => Promise<void>): void {
    this.compensations.push(compensation)
  }

  /** Runs every compensation even while the workflow is being cancelled. */
  async compensate(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (let undo = this.compensations.pop(); undo; undo = this.compensations.pop()) await undo()
    })
  }
}
