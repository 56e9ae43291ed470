import { setTimeout as sleep } from 'node:timers/promises'
import { createLogUpdate } from 'log-update'
import type { OptimizerClient } from '../client/optimizer.ts'
import type { StartedWorkflow } from '../client/started-workflow.ts'
import type { StoredContext } from '../reading/context.ts'
import { readCycleStrategies } from '../reading/cycle-strategies.ts'
import { type CycleView, readCycle } from '../reading/cycles.ts'
import { renderCycle } from './render-cycle.ts'
import { wrapText } from './wrap-text.ts'

const redrawEveryMs = 500
/** If the terminal cannot redraw: the end of the cycle is noticed after the first, and progress is printed after the second. */
const [readEveryMs, printEveryMs] = [2_000, 10_000]

/**
 * Shows a cycle while it runs: redrawn on a terminal; elsewhere each line is printed once.
 * Returns once the cycle has ended.
 */
export async function showCycle(client: StoredContext, workflowId: string, signal?: AbortSignal): Promise<void> {
  const draw = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined
  const printed = new Set<string>()
  let printedAt = 0
  for (;;) {
    const cycle = await readCycle(client, workflowId).catch(() => undefined)
    const ended = cycle !== undefined && cycle.state !== 'running'
    const render = async (shown: CycleView) =>
      renderCycle(shown, (await readCycleStrategies(client, workflowId).catch(() => undefined))?.items)
    if (cycle && draw) draw((await render(cycle)).join('\n'))
    else if (cycle && (ended || Date.now() - printedAt >= printEveryMs)) {
      printNew(await render(cycle), printed)
      printedAt = Date.now()
    }
    if (signal?.aborted || ended) break
    await sleep(draw ? redrawEveryMs : readEveryMs, undefined, { signal }).catch(() => undefined)
  }
  draw?.done()
}

/**
 * Shows a cycle until it has ended. Nothing is pending when this returns or throws.
 * @throws the failure of the cycle, or the reason of `signal`
 */
export async function followCycle<T>(
  client: OptimizerClient,
  { workflowId, result }: StartedWorkflow<T>,
  signal?: AbortSignal,
): Promise<T> {
  const over = new AbortController()
  const shown = showCycle(client, workflowId, over.signal)
  try {
    return await result(signal)
  } finally {
    over.abort()
    await shown
  }
}

function printNew(lines: string[], printed: Set<string>): void {
  for (const line of lines) {
    if (printed.has(line)) continue
    printed.add(line)
    console.log(wrapText(line))
  }
}
