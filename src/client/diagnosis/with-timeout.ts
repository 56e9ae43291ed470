/** How long a check waits for a server, milliseconds. */
export const checkTimeoutMs = 5_000

/** @throws Error if the work takes longer than a check waits */
export function withTimeout<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no response within ${checkTimeoutMs / 1_000} s`)), checkTimeoutMs).unref()
  })
  return Promise.race([work, late])
}
