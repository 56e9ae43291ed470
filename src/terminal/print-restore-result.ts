import type { RestoreResult } from '../contract/activities.ts'
import { describeError, OptimizerError } from '../model/errors.ts'

const sentences: Record<RestoreResult['outcome'], string> = {
  done: 'Done and verified.',
  already: 'It was so already: there was nothing to do.',
  nothing: 'It was never applied, so there was nothing to put back.',
  'given-up': "Ended by a person's word, before every instance confirmed it.",
}

/**
 * What came of putting something in force, and below it what was not.
 * @throws OptimizerError `refused`
 */
export async function printRestoreResult(result: () => Promise<RestoreResult>): Promise<void> {
  const { outcome, issues } = await result().catch(rethrow)
  console.log([sentences[outcome], ...issues.map((issue) => `  ${issue}`)].join('\n'))
}

/** What the workflow failed of, without the layers around it. */
function rethrow(error: unknown): never {
  throw error instanceof OptimizerError ? error : new OptimizerError('refused', describeError(error), { cause: error })
}
