/**
 * Runs the tasks in order, at most `width` at a time. Stops once a result is `enough`, aborting the tasks still under
 * way. A failed task is skipped.
 */
export async function runInOrder<Item, Result>(
  items: readonly Item[],
  width: number,
  task: (item: Item, signal: AbortSignal) => Promise<Result>,
  enough: (result: Result) => boolean = () => false,
): Promise<void> {
  const stop = new AbortController()
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) {
      if (stop.signal.aborted) return
      const result = await task(item, stop.signal).catch(() => undefined)
      if (result !== undefined && !stop.signal.aborted && enough(result)) stop.abort()
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
