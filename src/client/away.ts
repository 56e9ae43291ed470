import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { OptimizerError } from '../model/errors.ts'

/** gRPC codes of a server that is gone, going, or does not answer in time: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, UNAVAILABLE. */
const awayCodes = new Set([1, 2, 4, 14])
/** Of the operating system, and of PostgreSQL: SQLSTATE classes 08 (connection) and 57P (shut down, or starting). */
const lostConnection = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|57P\w{2})$/
/** The driver's own, which have no code. */
const lostInWords = /^Connection terminated|^timeout expired|timeout exceeded when trying to connect|^Query read timeout/

const unknownTable = '42P01'

/** Which server a failure says is away; undefined where it says something else. */
export function serverAway(error: unknown): 'Temporal' | 'PostgreSQL' | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'Temporal'
  if (isGrpcServiceError(error)) return awayCodes.has(error.code) ? 'Temporal' : undefined
  // The client wraps what the connection threw; what a workflow failed of was away there, and not here.
  if (error instanceof ServiceError || error instanceof OptimizerError) return serverAway(error.cause)
  return lostConnection.test(codeOf(error)) || lostInWords.test(error.message) ? 'PostgreSQL' : undefined
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** The failure of a call as one for a person: the system may have been stopped under whoever waits. */
export function inWords(error: unknown): unknown {
  if (codeOf(error) === unknownTable)
    return new OptimizerError('not-migrated', 'The database has no tables of the optimizer; npx optimizer migrate makes them.')
  const server = serverAway(error)
  if (!server) return error
  const message = `${server} does not answer any more, so what came of it is not known here; once it is up again (npm start), npx optimizer status tells.`
  return new OptimizerError('unreachable', message, { retryable: true, cause: error })
}
