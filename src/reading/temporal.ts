import type { ReadContext } from './context.ts'

/** Most of the read model comes from the database, so a slow Temporal is not waited for long. */
const answerWithinMs = 3_000

/** The answer of Temporal; undefined if it fails or takes longer than three seconds. */
export async function readFromTemporal<T>({ temporal }: ReadContext, read: () => Promise<T>): Promise<T | undefined> {
  return await temporal.connection.withDeadline(Date.now() + answerWithinMs, read).catch(() => undefined)
}
