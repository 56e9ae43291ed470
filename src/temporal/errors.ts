import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { OptimizerError } from '../model/errors.ts'

/** gRPC codes of a server that is down, shutting down or too slow: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, UNAVAILABLE. */
const unavailableCodes = new Set([1, 2, 4, 14])

/** Whether a failed call means that Temporal does not answer. A failure of a workflow does not count, whatever was unavailable to it. */
export function isTemporalUnavailable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true
  if (isGrpcServiceError(error)) return unavailableCodes.has(error.code)
  // The client wraps what the connection threw.
  return (error instanceof ServiceError || error instanceof OptimizerError) && isTemporalUnavailable(error.cause)
}

/** The reason why Temporal refuses to serve the optimizer, as an error with the remedy; undefined for other failures. */
export function toTemporalRefusalError(error: unknown): OptimizerError | undefined {
  if (!isGrpcServiceError(error))
    return error instanceof ServiceError || (error instanceof OptimizerError && error.cause !== undefined)
      ? toTemporalRefusalError(error.cause)
      : undefined
  const options = { retryable: true, cause: error }
  if (error.code === permissionDenied || error.code === unauthenticated)
    return new OptimizerError(
      'unavailable',
      'Temporal denied access; renew its API key, TEMPORAL_API_KEY, or its certificate.',
      options,
    )
  if (error.code === resourceExhausted)
    return new OptimizerError(
      'unavailable',
      'The rate limit of the Temporal namespace is exceeded; try again in a moment.',
      options,
    )
  return undefined
}
const [permissionDenied, resourceExhausted, unauthenticated] = [7, 8, 16]

/** The error for a user whose call was waiting for a server that went away. */
export function createConnectionLostError(server: 'Temporal' | 'PostgreSQL', cause: unknown): OptimizerError {
  const message = `${server} stopped responding, so the outcome is unknown; once it is running again (npm start), check npx optimizer status.`
  return new OptimizerError('unreachable', message, { retryable: true, cause })
}
