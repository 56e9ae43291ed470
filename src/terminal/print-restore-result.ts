import type { RestoreResult } from '../contract/activities.ts'
import { describeError, OptimizerError } from '../model/errors.ts'
import { describeRestoreOutcome } from '../model/format.ts'
import { printMessage } from './print.ts'

/**
 * Prints the outcome of a restore and its issues, and returns it.
 * @throws OptimizerError `refused`
 */
export async function printRestoreResult(result: () => Promise<RestoreResult>): Promise<RestoreResult> {
  const restored = await result().catch(rethrow)
  const { outcome, issues } = restored
  printMessage([describeRestoreOutcome(outcome), ...issues.map((issue) => `  ${issue}`)].join('\n'))
  return restored
}

/** Rethrows the failure of the workflow without its wrappers. */
function rethrow(error: unknown): never {
  throw error instanceof OptimizerError ? error : new OptimizerError('refused', describeError(error), { cause: error })
}
