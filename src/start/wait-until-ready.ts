import { setTimeout as sleep } from 'node:timers/promises'
import { OptimizerError } from '../model/errors.ts'

/** Waits until a URL answers. @throws OptimizerError `start-failed` after 30 s. */
export async function waitUntilReady(url: string, what: string, logFile: string): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(100)
  }
  throw new OptimizerError('start-failed', `${what} did not come up; its reason is at the end of ${logFile}.`)
}
