import { setTimeout as sleep } from 'node:timers/promises'
import { OptimizerError } from '../../src/model/errors.ts'

/** How long tests wait for what has to come: far longer than it takes on a busy machine. */
export const patienceMs = 300_000

/** Polls until it gets something. @throws OptimizerError `too-late` */
export async function eventually<T>(what: string, get: () => Promise<T | undefined>, timeoutMs = patienceMs): Promise<T> {
  const begun = Date.now()
  let failure: unknown
  for (;;) {
    const found = await get().catch((error) => {
      failure = error
      return undefined
    })
    if (found !== undefined) return found
    if (Date.now() > begun + timeoutMs) {
      const last = failure === undefined ? '' : `; the last failure: ${failure}`
      throw new OptimizerError('too-late', `${what}: not within ${timeoutMs} ms${last}`, { cause: failure })
    }
    // Slow conditions are polled less often: all tests share the processor.
    await sleep(Math.min(500, Math.max(50, (Date.now() - begun) / 20)))
  }
}
