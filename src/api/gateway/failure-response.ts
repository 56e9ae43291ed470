import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { errorResponseSchema } from '../../messaging/protocol.ts'
import { OptimizerError } from '../../model/errors.ts'
import { describeIssue } from '../../model/issue.ts'
import { isConnectionLost, isDataError } from '../../store/errors.ts'
import { tooManyRequestsCode } from '../fair-queue.ts'

export interface FailureResponse {
  status: 400 | 403 | 404 | 413 | 500 | 503
  body: z.infer<typeof errorResponseSchema>
}

const statuses: Partial<Record<string, FailureResponse['status']>> = { 'too-large': 413, 'foreign-agent': 403 }

/**
 * The response to a failed request: correct it (400), it names something unknown (404), the token does not allow it (403), leave it out because the optimizer cannot
 * process it (500), or send it again later (503).
 */
export function toFailureResponse(error: unknown): FailureResponse {
  if (error instanceof z.ZodError) return failure(400, 'invalid-request', describeIssue(error, 'the request'))
  if (isNoJson(error)) return failure(400, 'invalid-request', 'The request is not valid JSON in UTF-8; send one JSON object.')
  if (error instanceof OptimizerError && !error.retryable)
    return failure(statuses[error.code] ?? (error.code.startsWith('unknown-') ? 404 : 400), error.code, error.message)
  if (error instanceof OptimizerError) return failure(503, error.code, error.message)
  if (isDataError(error)) return failure(400, 'invalid-request', `The database rejected the content: ${error.message}`)
  if (isDefect(error))
    return failure(
      500,
      'defect',
      'The optimizer cannot process this request because of an internal error; see its log for the reason.',
    )
  const reason = isConnectionLost(error)
    ? 'cannot reach its database'
    : 'cannot serve this request now; see its log for the reason'
  return failure(503, 'unavailable', `The optimizer ${reason}. Retry the same request later.`)
}

const isDefect = (error: unknown) => error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/** Logs why a request is answered with 500, as an error with its stack, or with 503, as a warning. */
export function logFailure(log: Pick<Logger, 'error' | 'warn'>, error: unknown, requestId?: string): void {
  // A flood of messages must not become another in the log.
  if (error instanceof OptimizerError && error.code === tooManyRequestsCode) return
  if (isDefect(error)) log.error({ err: error, requestId }, 'a request failed because of a bug')
  else log.warn({ error: String(error), requestId }, 'a request could not be served')
}

/** Parsing fails with a SyntaxError, which the validators of routes turn into an HTTPException. */
function isNoJson(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof HTTPException && error.status === 400)
}

function failure(status: FailureResponse['status'], code: string, message: string): FailureResponse {
  return { status, body: { error: { code, message } } }
}
