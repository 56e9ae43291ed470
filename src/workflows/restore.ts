import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow'
import { compensatingForever } from './activities.ts'

/**
 * Puts an agent back as it was before a trial (E5), or finishes a compensation that could not reach its agent
 * within the cycle. Tries until it is done.
 */
export async function restore(input: { trialId: string }): Promise<{ restored: boolean }> {
  if (typeof input?.trialId !== 'string')
    throw ApplicationFailure.nonRetryable('restore takes {"trialId": "opt_…"}', 'invalid-input')
  setCurrentDetails(`Putting back what was there before \`${input.trialId}\`; open until every instance says it is in force.`)
  const outcome = await compensatingForever.restore(input)
  setCurrentDetails(
    outcome.restored ? `Put back what was there before \`${input.trialId}\`.` : `\`${input.trialId}\` had changed nothing.`,
  )
  return outcome
}
