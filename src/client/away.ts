import { isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { OptimizerError } from '../model/errors.ts'

/** gRPC codes of a server that is gone, going, or does not answer in time: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, UNAVAILABLE. */
const awayCodes = new Set([1, 2, 4, 14])
/** Of the operating system, and of PostgreSQL: SQLSTATE classes 08 (connection) and 57P (shut down, or starting). */
const lostConnection = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|57P\w{2})$/
/** The driver's own, which have no code. */
const lostInWords = /^Connection terminated|^timeout expired|timeout exceeded when trying to connect|^Query read timeout/

/** Which server a failure says is away; undefined where it says something else. */
export function serverAway(error: unknown): 'Temporal' | 'PostgreSQL' | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'Temporal'
  // The client wraps what the connection threw.
  if (isGrpcServiceError(error)) return awayCodes.has(error.code) ? 'Temporal' : undefined
  const code = 'code' in error ? String(error.code) : ''
  if (lostConnection.test(code) || lostInWords.test(error.message)) return 'PostgreSQL'
  return serverAway(error.cause)
}

/** The failure of a call as one for a person: the system may have been stopped under whoever waits. */
export function inWords(error: unknown): unknown {
  const server = serverAway(error)
  if (!server) return error
  const message = `${server} does not answer any more, so what came of it is not known here; once npm start has brought it up again, npx optimizer status tells.`
  return new OptimizerError('unreachable', message, { retryable: true, cause: error })
}
