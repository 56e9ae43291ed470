import type { ReadingContext } from './context.ts'

/** The database holds most of what is read; Temporal only adds what is in force at this moment. */
const answerWithinMs = 3_000

/** What Temporal answers within three seconds; undefined where it does not answer, or refuses. */
export async function readFromTemporal<T>({ temporal }: ReadingContext, read: () => Promise<T>): Promise<T | undefined> {
  return await temporal.connection.withDeadline(Date.now() + answerWithinMs, read).catch(() => undefined)
}
