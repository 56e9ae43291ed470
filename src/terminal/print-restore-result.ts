import type { RestoreResult } from '../contract/activities.ts'
import { describeError, OptimizerError } from '../model/errors.ts'
import { printMessage } from './print.ts'

const sentences: Record<RestoreResult['outcome'], string> = {
  done: 'Done and verified.',
  already: 'Already in force; nothing was changed.',
  nothing: 'The change was never applied; there was nothing to restore.',
  superseded: 'Only partly in force, because some settings have been changed since.',
  incomplete: 'Done and verified, except on the instances below.',
  'given-up': 'An operator ended the restore before every instance confirmed it.',
}

/**
 * Prints the outcome of a restore and its issues, and returns it.
 * @throws OptimizerError `refused`
 */
export async function printRestoreResult(result: () => Promise<RestoreResult>): Promise<RestoreResult> {
  const restored = await result().catch(rethrow)
  const { outcome, issues } = restored
  printMessage([sentences[outcome], ...issues.map((issue) => `  ${issue}`)].join('\n'))
  return restored
}

/** Rethrows the failure of the workflow without its wrappers. */
function rethrow(error: unknown): never {
  throw error instanceof OptimizerError ? error : new OptimizerError('refused', describeError(error), { cause: error })
}
