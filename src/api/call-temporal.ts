import { WorkflowUpdateFailedError } from '@temporalio/client'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import { isTemporalUnavailable, toTemporalRefusalError } from '../temporal/errors.ts'

const answerWithinMs = 10_000

/** Makes a call to Temporal on behalf of a request. @throws OptimizerError `refused`, or `unavailable` after ten seconds */
export async function callTemporal<T>({ temporal }: OptimizerClient, work: () => Promise<T>): Promise<T> {
  try {
    return await temporal.connection.withDeadline(Date.now() + answerWithinMs, work)
  } catch (error) {
    throw toApiError(error)
  }
}

function toApiError(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError)
    return new OptimizerError('refused', `The optimizer refused the request: ${error.cause?.message ?? error.message}`, {
      cause: error,
    })
  const refusal = toTemporalRefusalError(error)
  if (refusal) return refusal
  // After either failure it is unknown whether the request arrived.
  if (!isTemporalUnavailable(error)) return error
  const message = 'Temporal or the worker is not responding; check the current state before you send the request again.'
  return new OptimizerError('unavailable', message, { retryable: true, cause: error })
}
