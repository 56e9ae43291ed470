import type { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { parseJson } from '../model/json.ts'
import { errorResponseSchema } from './protocol.ts'

/**
 * Parses a response.
 * @throws OptimizerError the error in the response, or `invalid-answer` if it does not follow the protocol.
 */
export function parseResponse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const answer = parseJson(text)
  // Most answers have none, and to find that out by the schema costs an agent more than the answer itself.
  const failure = hasError(answer) ? errorResponseSchema.safeParse(answer) : undefined
  if (failure?.success) {
    const { code, message } = failure.data.error
    throw new OptimizerError(code, message, { retryable: code === 'unavailable' })
  }
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new OptimizerError('invalid-answer', `The response does not follow the protocol: ${parsed.error.issues[0]?.message}`, {
    retryable: true,
  })
}

const hasError = (answer: unknown) => typeof answer === 'object' && answer !== null && 'error' in answer
