/** A reading that takes less is repeated for each request. */
const quickMs = 25
/** Of the time in which a slow reading is asked for, at most this share goes to it. */
const share = 0.1
const mostAgeMs = 30_000

/**
 * Reads on request; a slow reading serves the requests of the next while, and is repeated in the background, so that they need not wait. It
 * is at most 30 seconds old.
 * @param clock milliseconds
 */
export function createRecentReader<T>(read: () => Promise<T>, clock: () => number = () => performance.now()): () => Promise<T> {
  let known: { value: T; at: number; tookMs: number } | undefined
  let reading: Promise<T> | undefined
  const readNow = async (): Promise<T> => {
    const startedAt = clock()
    const value = await read()
    known = { value, at: startedAt, tookMs: clock() - startedAt }
    return value
  }
  const readOnce = () => {
    reading ??= readNow().finally(() => {
      reading = undefined
    })
    return reading
  }
  return async () => {
    if (known && known.tookMs < quickMs) return await readNow()
    const ageMs = known ? clock() - known.at : Infinity
    if (!known || ageMs > mostAgeMs) return await readOnce()
    if (ageMs > known.tookMs / share) void readOnce().catch(() => undefined)
    return known.value
  }
}
