/**
 * A failure with a remedy; the message is one sentence that can be shown to a user.
 * `code` is stable and meant for programs; `retryable: false` stops Temporal's retries.
 */
export class OptimizerError extends Error {
  readonly code: string
  readonly retryable: boolean

  /** Also of another copy of this class: packages bundle their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'OptimizerError' && 'code' in value && typeof value.code === 'string'
  }

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'OptimizerError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/**
 * The message of a failure, for a user. Temporal wraps an activity's error in two others; the innermost one has the remedy. The failure of
 * several attempts, such as one for each address of a host, has no message of its own.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join(', ')
  return error.cause instanceof Error && !(error instanceof OptimizerError) ? describeError(error.cause) : error.message
}
