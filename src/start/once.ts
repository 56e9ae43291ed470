import { writeFileSync } from 'node:fs'
import type { OptimizerClient } from '../client/optimizer.ts'
import { sentenceOf } from '../model/errors.ts'
import { showCycle } from './live-view.ts'
import { printReport } from './print-report.ts'
import { configurations, runReport } from './report.ts'

/** Runs cycles one after the other and reports what they came to, on the terminal and as JSON in `file`. */
export async function runOnce(client: OptimizerClient, cycles: number, signal: AbortSignal, file?: string): Promise<void> {
  const before = await configurations(client)
  const workflowIds = await runCycles(client, cycles, signal)
  const report = await runReport(client, workflowIds, before)
  console.log(printReport(report))
  if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}

/**
 * Runs at most so many cycles, shown live. One that fails is said so, and the next one runs.
 * @returns the workflow ids of those that did not fail
 * @throws what the last one failed with, where all failed
 */
export async function runCycles(client: OptimizerClient, cycles: number, signal: AbortSignal): Promise<string[]> {
  const workflowIds: string[] = []
  let failure: unknown
  for (let count = 0; count < cycles && !signal.aborted; count++) {
    try {
      workflowIds.push(await runCycle(client, signal))
    } catch (error) {
      failure = error
      console.log(`A cycle failed: ${sentenceOf(error)}`)
    }
  }
  if (failure && workflowIds.length === 0) throw failure
  return workflowIds
}

async function runCycle(client: OptimizerClient, signal: AbortSignal): Promise<string> {
  const { workflowId, result } = await client.startCycle()
  const failed = new AbortController()
  const ended = result().catch((error) => {
    failed.abort()
    throw error
  })
  await Promise.all([
    showCycle(client, workflowId, AbortSignal.any([signal, failed.signal])),
    Promise.race([ended, aborted(signal)]),
  ])
  return workflowId
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
