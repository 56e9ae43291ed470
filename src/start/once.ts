import { writeFileSync } from 'node:fs'
import type { OptimizerClient } from '../client/optimizer.ts'
import { describeError } from '../model/errors.ts'
import { buildRunReport, type CycleRun, loadCurrentConfigurations } from '../reading/run-report.ts'
import { formatReport } from '../terminal/format-report.ts'
import { followCycle } from '../terminal/live-view.ts'

/** Runs cycles one after the other and reports what they came to, on the terminal and as JSON in `file`. */
export async function runOnce(client: OptimizerClient, cycles: number, signal: AbortSignal, file?: string): Promise<void> {
  const before = await loadCurrentConfigurations(client)
  const ran = await runCycles(client, cycles, signal)
  if (signal.aborted) console.log('Interrupted: what has begun goes on with the next start.')
  const report = await buildRunReport(client, ran, before)
  console.log(formatReport(report))
  if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}

/**
 * Runs at most so many cycles, shown live. One that fails is said so, and the next one runs.
 * @returns those that did not fail
 * @throws what the last one failed with, where all failed
 */
export async function runCycles(client: OptimizerClient, cycles: number, signal: AbortSignal): Promise<CycleRun[]> {
  const ran: CycleRun[] = []
  let failure: unknown
  for (let count = 0; count < cycles && !signal.aborted; count++) {
    try {
      ran.push(await runCycle(client, signal))
    } catch (error) {
      failure = error
      console.log(`A cycle failed: ${describeError(error)}`)
    }
  }
  if (failure && ran.length === 0) throw failure
  return ran
}

/** One that is interrupted goes on by itself; what it has done so far is reported. */
async function runCycle(client: OptimizerClient, signal: AbortSignal): Promise<CycleRun> {
  const cycle = await client.startCycle()
  const { workflowId } = cycle
  try {
    const { deferred } = await followCycle(client, cycle, signal)
    return { workflowId, deferred }
  } catch (error) {
    if (signal.aborted) return { workflowId, deferred: [] }
    throw error
  }
}
