import { ApplicationFailure } from '@temporalio/common'
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import { OptimizerError } from '../model/errors.ts'
import { isDataError } from '../store/errors.ts'

/** Turns typed errors into failures that Temporal retries or not, with their code as the type shown in the UI. */
export class TypedFailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input)
    } catch (error) {
      if (isDataError(error))
        throw ApplicationFailure.nonRetryable(`The database rejected the content: ${error.message}`, 'invalid-input')
      if (!(error instanceof OptimizerError)) throw error
      throw ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable, cause: error })
    }
  }
}
