import { ApplicationFailure } from '@temporalio/workflow'

/** Why an update is refused; `type` is stable, for programs. */
export const refusal = (type: string, message: string) => ApplicationFailure.nonRetryable(message, type)
