import { ApplicationFailure } from '@temporalio/common'
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import { OptimizerError } from '../model/errors.ts'

/** SQLSTATE class 22: the content is at fault, and would be at every further attempt. */
function isDataError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^22[0-9A-Z]{3}$/.test(String(error.code))
}

/** Turns typed errors into failures that Temporal retries or not, with their code as the type shown in the UI. */
export class TypedFailures implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input)
    } catch (error) {
      if (isDataError(error))
        throw ApplicationFailure.nonRetryable(`The database refuses the content: ${error.message}`, 'invalid-input')
      if (!(error instanceof OptimizerError)) throw error
      throw ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable, cause: error })
    }
  }
}
