import {
  InvalidArgumentError,
  type NatsConnection,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node'
import type { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { parseResponse } from './parse-response.ts'

/**
 * Sends a request over NATS and parses its response, both JSON.
 * @param longestBytes of the response; a longer one is not read
 * @throws OptimizerError `no-responder`, `timeout`, `not-permitted` or `unreachable` (all retryable), `too-large`, the error in the
 * response, `answer-too-large`, or `invalid-answer`.
 */
export async function sendRequest<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  payload: unknown,
  schema: Schema,
  timeoutMs: number,
  longestBytes = Number.POSITIVE_INFINITY,
): Promise<z.infer<Schema>> {
  const message = await nats.request(subject, JSON.stringify(payload), { timeout: timeoutMs }).catch((cause) => {
    throw requestFailure(subject, timeoutMs, cause)
  })
  if (message.data.length > longestBytes) {
    const size = `${message.data.length} bytes, more than the limit of ${longestBytes}`
    throw new OptimizerError('answer-too-large', `The response on ${subject} is ${size}.`)
  }
  return parseResponse(schema, message.string())
}

function requestFailure(subject: string, timeoutMs: number, cause: unknown): OptimizerError {
  const options = { retryable: true, cause }
  if (cause instanceof TimeoutError)
    return new OptimizerError('timeout', `No response on ${subject} within ${timeoutMs} ms.`, options)
  if (cause instanceof RequestError && cause.isNoResponders())
    return new OptimizerError('no-responder', `Nothing is listening on ${subject}.`, options)
  if (cause instanceof RequestError && cause.cause instanceof PermissionViolationError) {
    const { operation, subject: refused } = cause.cause
    const action = operation === 'publish' ? 'publish to' : 'subscribe to'
    return new OptimizerError('not-permitted', `NATS does not permit this user to ${action} ${refused}.`, options)
  }
  if (cause instanceof InvalidArgumentError) {
    const message = `The request on ${subject} is larger than NATS accepts; raise max_payload on the NATS server (1 MB by default).`
    return new OptimizerError('too-large', message, { cause })
  }
  return new OptimizerError('unreachable', `The request on ${subject} failed: ${String(cause)}`, options)
}
