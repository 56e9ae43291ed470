/**
 * A failure with a remedy, fit to be shown to a person as one sentence.
 * `code` is stable, for programs; `retryable: false` stops Temporal's retries.
 */
export class OptimizerError extends Error {
  readonly code: string
  readonly retryable: boolean
  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'OptimizerError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/** What a failure says to a person. Temporal wraps a failed activity's sentence in two more; the innermost says what to do. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && !(error instanceof OptimizerError) ? describeError(error.cause) : error.message
}
