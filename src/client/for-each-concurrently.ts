/** Does something for each item, several at a time, in their order. @param most how many at a time */
export async function forEachConcurrently<Item>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const workThrough = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: most }, workThrough))
}
