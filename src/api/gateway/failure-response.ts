import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import type { errorResponseSchema } from '../../messaging/protocol.ts'
import { OptimizerError } from '../../model/errors.ts'
import { isDataError } from '../../store/errors.ts'

export interface FailureResponse {
  status: 400 | 404 | 503
  body: z.infer<typeof errorResponseSchema>
}

/** What whoever asked is told: what to correct (400), that it is not known (404), or to ask again later (503). */
export function toFailureResponse(error: unknown): FailureResponse {
  if (error instanceof z.ZodError) {
    const issue = error.issues[0]
    return failure(400, 'invalid-request', `${issue?.path.join('.') || 'the request'}: ${issue?.message}`)
  }
  if (isNoJson(error)) return failure(400, 'invalid-request', 'The request is not JSON; send one JSON object.')
  if (error instanceof OptimizerError && !error.retryable)
    return failure(error.code.startsWith('unknown-') ? 404 : 400, error.code, error.message)
  if (error instanceof OptimizerError) return failure(503, error.code, error.message)
  if (isDataError(error)) return failure(400, 'invalid-request', `The database refuses the content: ${error.message}`)
  return failure(503, 'unavailable', 'The optimizer cannot reach its database at present; send the same request again.')
}

/** Parsing fails with a SyntaxError, which the validators of routes turn into an HTTPException. */
function isNoJson(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof HTTPException && error.status === 400)
}

function failure(status: FailureResponse['status'], code: string, message: string): FailureResponse {
  return { status, body: { error: { code, message } } }
}
