import { setTimeout as sleep } from 'node:timers/promises'
import { createLogUpdate } from 'log-update'
import { describeError } from '../model/errors.ts'
import { wrapText } from './wrap-text.ts'

const refreshMs = 2_000

/**
 * Refreshes a text until Ctrl-C: redrawn on a terminal; elsewhere printed whenever it changes. A failed read is reported
 * and retried.
 */
export async function watch(read: () => Promise<string>, signal?: AbortSignal): Promise<void> {
  const draw = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined
  let shown = ''
  while (!signal?.aborted) {
    const text = wrapText(await read().catch((error) => describeError(error)))
    if (draw) draw(`${text}\n\n${new Date().toLocaleTimeString()} · Ctrl-C to quit`)
    else if (text !== shown) console.log(text)
    shown = text
    await sleep(refreshMs, undefined, { signal }).catch(() => undefined)
  }
}
