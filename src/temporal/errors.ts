import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { OptimizerError } from '../model/errors.ts'

/** gRPC codes of a server that is gone, going, or does not answer in time: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, UNAVAILABLE. */
const unavailableCodes = new Set([1, 2, 4, 14])

/** Whether a failed call says that Temporal does not answer. What a workflow failed with was unavailable there, and not here. */
export function isTemporalUnavailable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true
  if (isGrpcServiceError(error)) return unavailableCodes.has(error.code)
  // The client wraps what the connection threw.
  return (error instanceof ServiceError || error instanceof OptimizerError) && isTemporalUnavailable(error.cause)
}

/** What a person is told when a server that a call waited for goes away. */
export function connectionLost(server: 'Temporal' | 'PostgreSQL', cause: unknown): OptimizerError {
  const message = `${server} does not answer any more, so what came of it is not known here; once it is up again (npm start), npx optimizer status tells.`
  return new OptimizerError('unreachable', message, { retryable: true, cause })
}
