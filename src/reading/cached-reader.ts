/** A read that takes less time is repeated for each request. */
const quickMs = 25
/** At most this share of the time goes to a slow read while it is being requested. */
const share = 0.1
const maxAgeMs = 30_000

/**
 * Reads on request; the result of a slow read is reused for a while and refreshed in the background, so that requests need not wait.
 * It is at most 30 seconds old.
 * @param clock milliseconds
 */
export function createCachedReader<T>(read: () => Promise<T>, clock: () => number = () => performance.now()): () => Promise<T> {
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
    if (!known || ageMs > maxAgeMs) return await readOnce()
    if (ageMs > known.tookMs / share) void readOnce().catch(() => undefined)
    return known.value
  }
}
