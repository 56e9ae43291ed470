import { setTimeout as sleep } from 'node:timers/promises'
import { OptimizerError } from '../../src/model/errors.ts'

/** Polls until it gets something. @throws OptimizerError `too-late` */
export async function eventually<T>(what: string, get: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await get().catch(() => undefined)
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new OptimizerError('too-late', `${what}: not within ${timeoutMs} ms`)
    await sleep(100)
  }
}
