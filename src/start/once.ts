import type { OptimizerClient } from '../client/optimizer.ts'
import { describeError } from '../model/errors.ts'
import { readCurrentConfigurations } from '../reading/configurations.ts'
import { readRunReport } from '../reading/run-report.ts'
import { formatReport } from '../terminal/format-report.ts'
import { followCycle } from '../terminal/live-view.ts'
import { printMessage } from '../terminal/print.ts'
import { writeFileAtomically } from '../terminal/write-file-atomically.ts'

/** Runs cycles one after another and reports their results, on the terminal and as JSON in `file`. */
export async function runOnce(client: OptimizerClient, cycles: number, signal: AbortSignal, file?: string): Promise<void> {
  const before = await readCurrentConfigurations(client)
  const ran = await runCycles(client, cycles, signal)
  if (signal.aborted) console.log('Interrupted; unfinished work continues at the next start.')
  const report = await readRunReport(client, ran, before)
  printMessage(formatReport(report))
  if (file) writeFileAtomically(file, `${JSON.stringify(report, null, 2)}\n`)
}

/**
 * Runs up to `cycles` cycles, shown live. If one fails, prints why and runs the next one.
 * @returns the ids of the cycles that did not fail
 * @throws the last failure if all failed
 */
export async function runCycles(client: OptimizerClient, cycles: number, signal: AbortSignal): Promise<string[]> {
  const completed: string[] = []
  let failure: unknown
  for (let count = 0; count < cycles && !signal.aborted; count++) {
    try {
      completed.push(await runCycle(client, signal))
    } catch (error) {
      failure = error
      console.log(`A cycle failed: ${describeError(error)}`)
    }
  }
  if (failure && completed.length === 0) throw failure
  return completed
}

/** An interrupted cycle continues by itself; its results so far are reported. */
async function runCycle(client: OptimizerClient, signal: AbortSignal): Promise<string> {
  const cycle = await client.startCycle()
  await followCycle(client, cycle, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return cycle.workflowId
}
